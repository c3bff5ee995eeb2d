#include "policy/http_date.hpp"

#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

namespace aloft::policy {

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text)
{
    using namespace std::chrono;
    for (const char* form :
         {"%a, %d %b %Y %H:%M:%S GMT", "%a, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
        std::istringstream in{std::string(text)};
        in.imbue(std::locale::classic());
        std::tm read{};
        if (!(in >> std::get_time(&read, form)))
            continue;
        const year_month_day day(year(read.tm_year + 1900),
                                 month(static_cast<unsigned>(read.tm_mon + 1)),
                                 std::chrono::day(static_cast<unsigned>(read.tm_mday)));
        if (!day.ok())
            return std::nullopt;
        return sys_days(day) + hours(read.tm_hour) + minutes(read.tm_min) + seconds(read.tm_sec);
    }
    return std::nullopt;
}

} // namespace aloft::policy
