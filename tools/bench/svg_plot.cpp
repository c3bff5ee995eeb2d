#include "bench/svg_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace aloft::tools::bench {
namespace {

constexpr double width = 560;
constexpr double height = 300;
constexpr double left = 58;
constexpr double right = 22;
constexpr double top = 30;
constexpr double bottom = 44;

constexpr std::array<std::pair<double, const char*>, 6> nines{
    {{0.0, "0"}, {0.5, "p50"}, {0.9, "p90"}, {0.99, "p99"}, {0.999, "p99.9"}, {0.9999, "p99.99"}}};

/// The distance between marks, so that there are four to eight of them.
double step_of(double range)
{
    const auto magnitude = std::pow(10, std::floor(std::log10(range / 4)));
    const auto times = range / 4 / magnitude;
    return magnitude * (times < 2 ? 1 : times < 5 ? 2 : 5);
}

/// As short as it can be: 1500 is 1.5k.
std::string mark_text(double value)
{
    if (std::abs(value) >= 1e6)
        return fmt::format("{:g}M", value / 1e6);
    if (std::abs(value) >= 1e4)
        return fmt::format("{:g}k", value / 1e3);
    return fmt::format("{:g}", std::round(value * 1e6) / 1e6);
}

double nines_of(double share)
{
    return -std::log10(1 - std::min(share, 1 - 1e-9));
}

} // namespace

/// From values to places on the page.
class svg_plot::scale {
public:
    scale(const std::vector<curve>& curves, axis bottom_axis) : bottom_(bottom_axis)
    {
        for (const auto& one : curves) {
            for (const auto& p : one.points) {
                x_low_ = std::min(x_low_, along(p.x));
                x_high_ = std::max(x_high_, along(p.x));
                y_high_ = std::max(y_high_, p.y);
            }
        }
        if (!(x_low_ < x_high_))
            x_low_ = std::isfinite(x_low_) ? x_low_ - 0.5 : 0, x_high_ = x_low_ + 1;
        if (!(y_high_ > 0))
            y_high_ = 1;
        const auto step = step_of(y_high_);
        y_high_ = std::ceil(y_high_ * 1.02 / step) * step;
    }
    [[nodiscard]] double along(double x) const
    {
        return bottom_ == axis::percentiles ? nines_of(x) : x;
    }
    [[nodiscard]] double x(double value) const
    {
        return left + (along(value) - x_low_) / (x_high_ - x_low_) * (width - left - right);
    }
    [[nodiscard]] double y(double value) const
    {
        return height - bottom - value / y_high_ * (height - top - bottom);
    }
    /// Where marks stand at the bottom, and what they say.
    [[nodiscard]] std::vector<std::pair<double, std::string>> x_marks() const
    {
        std::vector<std::pair<double, std::string>> all;
        if (bottom_ == axis::percentiles) {
            for (const auto& [share, text] : nines) {
                if (along(share) <= x_high_)
                    all.emplace_back(share, text);
            }
            return all;
        }
        const auto step = step_of(x_high_ - x_low_);
        for (auto at = std::ceil(x_low_ / step) * step; at <= x_high_ + step * 1e-6; at += step)
            all.emplace_back(at, mark_text(at));
        return all;
    }
    [[nodiscard]] std::vector<double> y_marks() const
    {
        std::vector<double> all;
        const auto step = step_of(y_high_);
        for (double at = 0; at <= y_high_ * (1 + 1e-9); at += step)
            all.push_back(at);
        return all;
    }

private:
    axis bottom_;
    double x_low_ = std::numeric_limits<double>::infinity();
    double x_high_ = -std::numeric_limits<double>::infinity();
    double y_high_ = 0;
};

svg_plot::svg_plot(std::string x_title, std::string y_title, axis bottom_axis) :
    x_title_(std::move(x_title)), y_title_(std::move(y_title)), bottom_(bottom_axis)
{
}

svg_plot& svg_plot::line(std::string name, std::vector<point> points)
{
    if (!points.empty())
        curves_.push_back(
            {std::move(name), fmt::format("c{}", colours_++), std::move(points), false});
    return *this;
}

svg_plot& svg_plot::dots(std::string name, std::vector<point> points, bool bad)
{
    if (!points.empty())
        curves_.push_back({std::move(name), bad ? "bad" : fmt::format("c{}", colours_++),
                           std::move(points), true});
    return *this;
}

std::string svg_plot::grid(const scale& to) const
{
    std::string text;
    for (const auto at : to.y_marks())
        text += fmt::format("<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" "
                            "y2=\"{:.1f}\"/><text class=\"mark\" x=\"{:.1f}\" y=\"{:.1f}\" "
                            "text-anchor=\"end\">{}</text>\n",
                            left, width - right, to.y(at), to.y(at), left - 6, to.y(at) + 4,
                            mark_text(at));
    for (const auto& [at, said] : to.x_marks())
        text += fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" "
                            "y2=\"{2:.1f}\"/><text class=\"mark\" x=\"{0:.1f}\" y=\"{3:.1f}\" "
                            "text-anchor=\"middle\">{4}</text>\n",
                            to.x(at), top, height - bottom, height - bottom + 16, said);
    return text + fmt::format("<text class=\"mark\" x=\"{:.1f}\" y=\"{:.1f}\" "
                              "text-anchor=\"middle\">{}</text>\n<text class=\"mark\" x=\"4\" "
                              "y=\"12\">{}</text>\n",
                              (left + width - right) / 2, height - 8, x_title_, y_title_);
}

// To the right of the upper edge; a letter is about six units wide.
std::string svg_plot::legend() const
{
    std::string text;
    auto at = width - right;
    for (auto one = curves_.rbegin(); one != curves_.rend(); ++one) {
        at -= static_cast<double>(one->name.size()) * 6.2;
        text += fmt::format("<text class=\"mark\" x=\"{:.1f}\" y=\"12\">{}</text>", at, one->name);
        at -= 14;
        text += fmt::format("<rect class=\"{} fill\" x=\"{:.1f}\" y=\"4\" width=\"10\" "
                            "height=\"10\" rx=\"2\"/>\n",
                            one->colour, at);
        at -= 12;
    }
    return text;
}

std::string svg_plot::text() const
{
    const scale to(curves_, bottom_);
    auto out = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">\n", width, height);
    out += grid(to) + legend();
    for (const auto& one : curves_) {
        if (one.dots) {
            out += fmt::format("<g class=\"{} fill dots\">", one.colour);
            for (const auto& p : one.points)
                out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"1.8\"/>", to.x(p.x),
                                   to.y(p.y));
            out += "</g>\n";
            continue;
        }
        out += fmt::format("<polyline class=\"{} stroke\" points=\"", one.colour);
        for (const auto& p : one.points)
            out += fmt::format("{:.1f},{:.1f} ", to.x(p.x), to.y(p.y));
        out += "\"/>\n";
        if (one.points.size() <= 12) {
            for (const auto& p : one.points)
                out += fmt::format("<circle class=\"{} fill\" cx=\"{:.1f}\" cy=\"{:.1f}\" "
                                   "r=\"3\"/>",
                                   one.colour, to.x(p.x), to.y(p.y));
        }
    }
    return out + "</svg>\n";
}

} // namespace aloft::tools::bench
