#include "coding/encoder.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <zlib.h>
#include <zstd.h>

namespace aloft::coding {
namespace {

constexpr std::size_t output_step = 16384;

class gzip_encoder final : public encoder {
public:
    gzip_encoder()
    {
        constexpr int gzip_format = MAX_WBITS + 16;
        constexpr int memory_level = 8; // zlib's default
        if (deflateInit2(&zlib_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_format, memory_level,
                         Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~gzip_encoder() override { deflateEnd(&zlib_); }
    gzip_encoder(const gzip_encoder&) = delete;
    gzip_encoder& operator=(const gzip_encoder&) = delete;

    void encode(std::string_view in, flush how, std::string& out) override
    {
        do {
            const auto part = in.substr(0, std::numeric_limits<uInt>::max());
            in.remove_prefix(part.size());
            deflate_part(part, in.empty() ? how : flush::none, out);
        } while (!in.empty());
    }

private:
    void deflate_part(std::string_view in, flush how, std::string& out)
    {
        const int mode = how == flush::none  ? Z_NO_FLUSH
                         : how == flush::now ? Z_SYNC_FLUSH
                                             : Z_FINISH;
        zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        zlib_.avail_in = static_cast<uInt>(in.size());
        do {
            const auto before = out.size();
            out.resize(before + output_step);
            zlib_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
            zlib_.avail_out = output_step;
            deflate(&zlib_, mode);
            out.resize(out.size() - zlib_.avail_out);
        } while (zlib_.avail_out == 0);
    }

    z_stream zlib_{};
};

class zstd_encoder final : public encoder {
public:
    zstd_encoder() : context_(ZSTD_createCCtx())
    {
        if (context_ == nullptr)
            throw std::bad_alloc();
    }

    void encode(std::string_view in, flush how, std::string& out) override
    {
        const auto mode = how == flush::none  ? ZSTD_e_continue
                          : how == flush::now ? ZSTD_e_flush
                                              : ZSTD_e_end;
        ZSTD_inBuffer input{in.data(), in.size(), 0};
        std::size_t left = 0;
        do {
            const auto before = out.size();
            out.resize(before + output_step);
            ZSTD_outBuffer output{out.data() + before, output_step, 0};
            left = ZSTD_compressStream2(context_.get(), &output, &input, mode);
            out.resize(before + output.pos);
            if (ZSTD_isError(left) != 0)
                throw std::bad_alloc(); // the only way it fails with default parameters
        } while (how == flush::none ? input.pos != input.size : left != 0);
    }

private:
    struct destroy {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };
    std::unique_ptr<ZSTD_CCtx, destroy> context_;
};

} // namespace

std::unique_ptr<encoder> make_encoder(compression which)
{
    if (which == compression::gzip)
        return std::make_unique<gzip_encoder>();
    return std::make_unique<zstd_encoder>();
}

std::string_view to_string(compression which) noexcept
{
    switch (which) {
    case compression::none: return "identity";
    case compression::gzip: return "gzip";
    case compression::zstd: return "zstd";
    }
    return {};
}

std::string compress(const payload& bytes, compression which)
{
    const auto into = make_encoder(which);
    std::string out;
    for (const auto segment : bytes)
        into->encode(segment, encoder::flush::none, out);
    into->encode({}, encoder::flush::finish, out);
    return out;
}

} // namespace aloft::coding
