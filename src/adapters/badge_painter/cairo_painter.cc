#include "adapters/badge_painter/cairo_painter.h"

#include <cairo-ft.h>
#include <cairo.h>
#include <ft2build.h>

#include <cmath>
#include <numbers>
#include FT_FREETYPE_H

#include "base/check.h"
#include "base/guarded.h"
#include "domain/code_points.h"

// The two fonts, put into the program by CMakeLists.txt.
extern "C" {
extern const unsigned char badge_font_regular_begin[];
extern const unsigned char badge_font_regular_end[];
extern const unsigned char badge_font_bold_begin[];
extern const unsigned char badge_font_bold_end[];
}

namespace footfall {
namespace {

template <auto Destroy>
struct Destroyer {
  template <typename T>
  void operator()(T* what) const {
    Destroy(what);
  }
};
using Surface = std::unique_ptr<cairo_surface_t, Destroyer<cairo_surface_destroy>>;
using Pen = std::unique_ptr<cairo_t, Destroyer<cairo_destroy>>;
using Pattern = std::unique_ptr<cairo_pattern_t, Destroyer<cairo_pattern_destroy>>;
using Face = std::unique_ptr<cairo_font_face_t, Destroyer<cairo_font_face_destroy>>;
using Options = std::unique_ptr<cairo_font_options_t, Destroyer<cairo_font_options_destroy>>;

// One weight of the font.
struct Font {
  FT_Face outlines = nullptr;
  Face face;
};

// What cairo holds of a font.
struct Held {
  std::shared_ptr<FT_LibraryRec_> library;
  FT_Face outlines;

  static void release(void* held) {
    const std::unique_ptr<Held> last(static_cast<Held*>(held));
    FT_Done_Face(last->outlines);
  }
};

double share(std::uint8_t part) { return part / 255.0; }

cairo_status_t append(void* to, const unsigned char* bytes, unsigned count) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

class Painting {
 public:
  Painting(cairo_t& pen, BadgeTheme theme, const Font& regular, const Font& bold)
      : pen_(pen), theme_(theme), regular_(regular), bold_(bold) {}

  void put(const BadgeBox& box) {
    outline(box);
    if (box.bottom) {
      const Pattern sheen(cairo_pattern_create_linear(0, box.y, 0, box.y + box.height));
      stop(*sheen, 0, box.paint);
      stop(*sheen, 1, *box.bottom);
      cairo_set_source(&pen_, sheen.get());
    } else {
      take(box.paint);
    }
    cairo_fill(&pen_);
  }

  void put(const BadgeRun& run) {
    const Font& font = run.weight == Weight::bold ? bold_ : regular_;
    cairo_set_font_face(&pen_, font.face.get());
    cairo_set_font_size(&pen_, run.size);
    take(run.paint);
    std::vector<cairo_glyph_t> glyphs;
    double x = run.x;
    for (std::string_view rest = run.text; !rest.empty();) {
      const char32_t character = take_code_point(rest);
      glyphs.push_back({FT_Get_Char_Index(font.outlines, character), x, run.baseline});
      x += character_width(character, run.weight) * run.size + run.letter_spacing;
    }
    cairo_show_glyphs(&pen_, glyphs.data(), static_cast<int>(glyphs.size()));
  }

 private:
  [[nodiscard]] const Rgb& settled(const Paint& paint) const {
    return theme_ == BadgeTheme::dark ? paint.dark : paint.light;
  }
  void take(const Paint& paint) {
    const Rgb& color = settled(paint);
    cairo_set_source_rgba(&pen_, share(color.red), share(color.green), share(color.blue), paint.opacity);
  }
  void stop(cairo_pattern_t& pattern, double offset, const Paint& paint) const {
    const Rgb& color = settled(paint);
    cairo_pattern_add_color_stop_rgba(&pattern, offset, share(color.red), share(color.green), share(color.blue),
                                      paint.opacity);
  }
  // Clockwise from the upper left corner.
  void outline(const BadgeBox& box) {
    constexpr double quarter = std::numbers::pi / 2;
    const double right = box.x + box.width;
    const double bottom = box.y + box.height;
    const double a = box.left_radius;
    const double b = box.right_radius;
    cairo_new_path(&pen_);
    cairo_arc(&pen_, box.x + a, box.y + a, a, 2 * quarter, 3 * quarter);
    cairo_arc(&pen_, right - b, box.y + b, b, -quarter, 0);
    cairo_arc(&pen_, right - b, bottom - b, b, 0, quarter);
    cairo_arc(&pen_, box.x + a, bottom - a, a, quarter, 2 * quarter);
    cairo_close_path(&pen_);
  }

  cairo_t& pen_;
  const BadgeTheme theme_;
  const Font& regular_;
  const Font& bold_;
};

}  // namespace

struct CairoPainter::Fonts {
  bool read(Font& font, const unsigned char* begin, const unsigned char* end) const {
    if (FT_New_Memory_Face(library.get(), begin, static_cast<FT_Long>(end - begin), 0, &font.outlines) != 0) {
      return false;
    }
    font.face.reset(cairo_ft_font_face_create_for_ft_face(font.outlines, FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP));
    // Cairo keeps scaled copies of a font beyond our own use of it, and says here when it needs the outlines no more.
    static const cairo_user_data_key_t key{};
    auto held = std::make_unique<Held>(Held{library, font.outlines});
    if (cairo_font_face_set_user_data(font.face.get(), &key, held.get(), Held::release) != CAIRO_STATUS_SUCCESS) {
      return false;
    }
    static_cast<void>(held.release());
    return true;
  }

  std::shared_ptr<FT_LibraryRec_> library;  // shared with what cairo keeps
  Font regular;
  Font bold;
  // A font of FreeType is one thread's at a time. Painting is the quick part; compressing the image is not.
  Guarded<Options> options;
};

CairoPainter::CairoPainter(std::unique_ptr<Fonts> fonts) : fonts_(std::move(fonts)) {}
CairoPainter::~CairoPainter() = default;

Result<std::unique_ptr<CairoPainter>> CairoPainter::open() {
  auto fonts = std::make_unique<Fonts>();
  FT_Library library = nullptr;
  if (FT_Init_FreeType(&library) == 0) fonts->library.reset(library, FT_Done_FreeType);
  if (!fonts->library || !fonts->read(fonts->regular, badge_font_regular_begin, badge_font_regular_end) ||
      !fonts->read(fonts->bold, badge_font_bold_begin, badge_font_bold_end)) {
    return Error{ErrorCode::failed, "the fonts of the badges cannot be read"};
  }
  fonts->options.with([](Options& options) {
    options.reset(cairo_font_options_create());
    cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  });
  return std::unique_ptr<CairoPainter>(new CairoPainter(std::move(fonts)));
}

Result<std::string> CairoPainter::png(const BadgeDrawing& drawing, unsigned scale) const {
  FOOTFALL_ASSERT(scale >= 1 && scale <= badge_scale_max);
  const auto pixels = [&](double length) { return static_cast<int>(std::ceil(length * scale)); };
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, pixels(drawing.width), pixels(drawing.height)));
  const cairo_status_t painted = fonts_->options.with([&](Options& options) {
    const Pen pen(cairo_create(surface.get()));
    cairo_scale(pen.get(), scale, scale);
    cairo_set_font_options(pen.get(), options.get());
    Painting painting(*pen, drawing.theme, fonts_->regular, fonts_->bold);
    for (const auto& part : drawing.parts) std::visit([&](const auto& shape) { painting.put(shape); }, part);
    return cairo_status(pen.get());
  });
  std::string image;
  const cairo_status_t written =
      painted != CAIRO_STATUS_SUCCESS ? painted : cairo_surface_write_to_png_stream(surface.get(), append, &image);
  if (written != CAIRO_STATUS_SUCCESS) {
    return Error{ErrorCode::failed, std::string("the badge could not be painted: ") + cairo_status_to_string(written)};
  }
  return image;
}

}  // namespace footfall
