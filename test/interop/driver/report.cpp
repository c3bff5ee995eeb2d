#include "report.hpp"

#include <boost/json/serialize.hpp>

#include <cstdio>

namespace aloft::interop {

void report::print()
{
    if (good())
        values_["problem"] = nullptr;
    else
        values_["problem"] = problem_;
    std::puts(boost::json::serialize(values_).c_str());
    std::fflush(stdout);
}

} // namespace aloft::interop
