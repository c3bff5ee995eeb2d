#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace aloft::tools::bench {

/// A diagram as inline SVG, coloured by the classes c0, c1... and bad of the page around it.
class svg_plot {
public:
    class point {
    public:
        double x = 0;
        double y = 0;
    };
    /// How the axis at the bottom is divided.
    enum class axis : std::uint8_t {
        even,
        percentiles, ///< x is a share below 1; each nine of it has the same width
    };

    svg_plot(std::string x_title, std::string y_title, axis bottom = axis::even);

    /// Lines and dots get the next colour, and `name` in the legend.
    svg_plot& line(std::string name, std::vector<point> points);
    svg_plot& dots(std::string name, std::vector<point> points, bool bad = false);
    [[nodiscard]] std::string text() const;

private:
    class curve {
    public:
        std::string name;
        std::string colour;
        std::vector<point> points;
        bool dots = false;
    };
    class scale;

    [[nodiscard]] std::string grid(const scale& to) const;
    [[nodiscard]] std::string legend() const;

    std::string x_title_;
    std::string y_title_;
    axis bottom_;
    std::vector<curve> curves_;
    std::size_t colours_ = 0;
};

} // namespace aloft::tools::bench
