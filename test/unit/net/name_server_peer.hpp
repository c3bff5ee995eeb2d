#pragma once
// A name server on a UDP port of loopback that says what a test wants, or nothing.

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace aloft::test {

class name_server_peer {
public:
    using udp = boost::asio::ip::udp;

    struct records {
        std::vector<std::string> v4;
        std::vector<std::string> v6;
        std::uint32_t ttl = 60;
    };

    explicit name_server_peer(boost::asio::io_context& context) :
        socket_{context, {boost::asio::ip::address_v4::loopback(), 0}}
    {
        receive();
    }

    udp::endpoint endpoint() const { return socket_.local_endpoint(); }
    /// Hears what comes, and answers no more.
    void stop() { socket_.cancel(); }

    std::map<std::string, records> answers; // a name that is not here does not exist,
    std::set<std::string> failing; // or makes the server fail,
    std::set<std::string> ignored; // or is met with silence
    std::set<int> ignored_types; // as is any question of these types
    std::multiset<std::string> seen;

private:
    void receive()
    {
        socket_.async_receive_from(boost::asio::buffer(bytes_), from_,
                                   [this](boost::system::error_code ec, std::size_t size) {
                                       if (ec)
                                           return;
                                       answer(std::string(bytes_.data(), size));
                                       receive();
                                   });
    }

    /// RFC 1035, 4: the header and the question come back, and records behind them.
    void answer(const std::string& query)
    {
        constexpr std::size_t header = 12;
        constexpr int no_such_name = 3;
        constexpr int server_failure = 2;
        std::string name;
        std::size_t at = header;
        for (std::size_t size = 0; (size = static_cast<unsigned char>(query.at(at))) != 0;
             at += size + 1)
            name.append(name.empty() ? "" : ".").append(query, at + 1, size);
        const int type = static_cast<unsigned char>(query.at(at + 2));
        seen.insert(name);
        if (ignored.count(name) != 0 || ignored_types.count(type) != 0)
            return;

        const auto known = answers.find(name);
        const bool fails = failing.count(name) != 0;
        std::string reply = query.substr(0, at + 5); // name, type and class
        std::string body;
        int count = 0;
        if (known != answers.end())
            for (const auto& text : type == 28 ? known->second.v6 : known->second.v4) {
                add(body, type, known->second.ttl, text);
                ++count;
            }
        reply[2] = static_cast<char>(0x81);
        reply[3] = static_cast<char>(0x80 + (fails                    ? server_failure
                                             : known == answers.end() ? no_such_name
                                                                      : 0));
        reply[7] = static_cast<char>(count);
        reply[8] = reply[9] = reply[10] = reply[11] = 0;
        boost::system::error_code ignored_error;
        socket_.send_to(boost::asio::buffer(reply + body), from_, 0, ignored_error);
    }

    static void add(std::string& to, int type, std::uint32_t ttl, const std::string& text)
    {
        const auto address = boost::asio::ip::make_address(text);
        to.append("\xc0\x0c", 2).append(1, '\0').append(1, static_cast<char>(type));
        to.append("\0\x01", 2);
        for (const unsigned shift : {24U, 16U, 8U, 0U})
            to.push_back(static_cast<char>(ttl >> shift));
        const auto append = [&](const auto& bytes) {
            to.append(1, '\0').append(1, static_cast<char>(bytes.size()));
            for (const auto byte : bytes)
                to.push_back(static_cast<char>(byte));
        };
        if (address.is_v4())
            append(address.to_v4().to_bytes());
        else
            append(address.to_v6().to_bytes());
    }

    udp::socket socket_;
    udp::endpoint from_;
    std::array<char, 1500> bytes_{};
};

} // namespace aloft::test
