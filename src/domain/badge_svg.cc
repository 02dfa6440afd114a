#include "domain/badge_svg.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "domain/markup.h"

namespace footfall {
namespace {

constexpr std::string_view fonts = "'DejaVu Sans',Verdana,Geneva,sans-serif";

// At most two digits behind the point, and no zeros that say nothing.
std::string number(double value) {
  std::array<char, 32> text{};
  const auto [end, problem] = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 2);
  std::string written(text.data(), end);
  while (written.ends_with('0')) written.pop_back();
  if (written.ends_with('.')) written.pop_back();
  return written == "-0" ? "0" : written;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escape_markup(value) + "\"";
}
std::string attribute(std::string_view name, double value) { return attribute(name, number(value)); }

class SvgWriter {
 public:
  explicit SvgWriter(const BadgeDrawing& drawing) : drawing_(drawing) {}

  // `standalone`: a file of its own, not part of an HTML page.
  std::string write(bool standalone) {
    std::string body;
    for (const auto& part : drawing_.parts) std::visit([&](const auto& shape) { put(shape, body); }, part);
    std::string svg = "<svg";
    if (standalone) svg += attribute("xmlns", "http://www.w3.org/2000/svg");
    svg += attribute("width", drawing_.width) + attribute("height", drawing_.height) +
           attribute("viewBox", "0 0 " + number(drawing_.width) + " " + number(drawing_.height)) +
           attribute("role", "img") + attribute("aria-label", drawing_.title) + "><title>" +
           escape_markup(drawing_.title) + "</title>";
    if (!by_day_.empty()) {
      svg += "<style>" + by_day_ + "@media (prefers-color-scheme:dark){" + by_night_ + "}</style>";
    }
    if (!gradients_.empty()) svg += "<defs>" + gradients_ + "</defs>";
    return svg + "<g" + attribute("font-family", fonts) + ">" + body + "</g></svg>";
  }

 private:
  [[nodiscard]] const Rgb& settled(const Paint& paint) const {
    return drawing_.theme == BadgeTheme::dark ? paint.dark : paint.light;
  }

  // The attributes that give a shape its colour; a class where the reader's system decides.
  std::string fill(const Paint& paint) {
    std::string text;
    if (drawing_.theme == BadgeTheme::automatic && !(paint.light == paint.dark)) {
      text = attribute("class", class_of(paint));
    } else {
      text = attribute("fill", hex_text(settled(paint)));
    }
    if (paint.opacity < 1) text += attribute("fill-opacity", paint.opacity);
    return text;
  }

  std::string class_of(const Paint& paint) {
    const Paint solid{paint.light, paint.dark, 1};
    auto found = std::find(classes_.begin(), classes_.end(), solid);
    if (found == classes_.end()) {
      found = classes_.insert(classes_.end(), solid);
      const std::string name = ".p" + std::to_string(found - classes_.begin());
      by_day_ += name + "{fill:" + hex_text(paint.light) + "}";
      by_night_ += name + "{fill:" + hex_text(paint.dark) + "}";
    }
    return "p" + std::to_string(found - classes_.begin());
  }

  std::string gradient(const Paint& top, const Paint& bottom) {
    const std::pair wanted(top, bottom);
    auto found = std::find(sheens_.begin(), sheens_.end(), wanted);
    if (found == sheens_.end()) {
      found = sheens_.insert(sheens_.end(), wanted);
      const auto stop = [&](double offset, const Paint& paint) {
        return "<stop" + attribute("offset", offset) + attribute("stop-color", hex_text(settled(paint))) +
               attribute("stop-opacity", paint.opacity) + "/>";
      };
      gradients_ += "<linearGradient" + attribute("id", "s" + std::to_string(found - sheens_.begin())) +
                    attribute("x2", 0) + attribute("y2", 1) + ">" + stop(0, top) + stop(1, bottom) +
                    "</linearGradient>";
    }
    return attribute("fill", "url(#s" + std::to_string(found - sheens_.begin()) + ")");
  }

  void put(const BadgeBox& box, std::string& body) {
    const std::string paint = box.bottom ? gradient(box.paint, *box.bottom) : fill(box.paint);
    if (box.left_radius == box.right_radius) {
      body += "<rect" + attribute("x", box.x) + attribute("y", box.y) + attribute("width", box.width) +
              attribute("height", box.height);
      if (box.left_radius > 0) body += attribute("rx", box.left_radius);
      body += paint + "/>";
      return;
    }
    const auto corner = [](double radius, double x, double y) {
      return radius > 0 ? "a" + number(radius) + " " + number(radius) + " 0 0 1 " + number(x) + " " + number(y)
                        : std::string();
    };
    const double left = box.left_radius;
    const double right = box.right_radius;
    body += "<path" +
            attribute("d", "M" + number(box.x + left) + " " + number(box.y) + "h" + number(box.width - left - right) +
                               corner(right, right, right) + "v" + number(box.height - 2 * right) +
                               corner(right, -right, right) + "h" + number(-(box.width - left - right)) +
                               corner(left, -left, -left) + "v" + number(-(box.height - 2 * left)) +
                               corner(left, left, -left) + "z") +
            paint + "/>";
  }

  void put(const BadgeRun& run, std::string& body) {
    body += "<text" + attribute("x", run.x) + attribute("y", run.baseline) + attribute("font-size", run.size);
    if (run.weight == Weight::bold) body += attribute("font-weight", "bold");
    if (run.letter_spacing > 0) body += attribute("letter-spacing", run.letter_spacing);
    body += attribute("textLength", run.width);
    // Spaced letters take up the slack between them, others are stretched themselves.
    if (run.letter_spacing == 0) body += attribute("lengthAdjust", "spacingAndGlyphs");
    if (run.is_echo) body += attribute("aria-hidden", "true");
    body += fill(run.paint) + ">" + escape_markup(run.text) + "</text>";
  }

  const BadgeDrawing& drawing_;
  std::vector<Paint> classes_;
  std::vector<std::pair<Paint, Paint>> sheens_;
  std::string by_day_;
  std::string by_night_;
  std::string gradients_;
};

}  // namespace

std::string to_svg(const BadgeDrawing& drawing) { return SvgWriter(drawing).write(true); }

std::string to_html(const BadgeDrawing& drawing) {
  const std::string scheme = drawing.theme == BadgeTheme::automatic ? "light dark"
                             : drawing.theme == BadgeTheme::dark    ? "dark"
                                                                    : "light";
  return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" "
         "content=\"" +
         scheme + "\"><title>" + escape_markup(drawing.title) +
         "</title><style>html,body{margin:0;background:transparent}main,svg{display:block}</style></head><body><main>" +
         SvgWriter(drawing).write(false) + "</main></body></html>\n";
}

}  // namespace footfall
