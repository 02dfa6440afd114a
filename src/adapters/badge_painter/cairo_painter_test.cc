// Badges as PNG: not blank, the same again, and as the layout says.
#include "adapters/badge_painter/cairo_painter.h"

#include <cairo.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace footfall {
namespace {

constexpr const char* all_styles[] = {"flat", "flat-square", "plastic", "for-the-badge", "digits", "plain", "card"};

BadgeDrawing drawing(const char* style, std::uint64_t value = 1'284, BadgeTheme theme = BadgeTheme::light,
                     const char* label = "visitors") {
  BadgeLook look;
  look.style = badge_style_named(style).value();
  look.theme = theme;
  return draw_badge({label, value, {}, {}}, look);
}

// An image, read back.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint32_t> pixels;  // premultiplied ARGB

  [[nodiscard]] std::uint32_t at(int x, int y) const {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
  }
};

Image read(const std::string& png) {
  std::string_view rest = png;
  cairo_surface_t* surface = cairo_image_surface_create_from_png_stream(
      [](void* from, unsigned char* to, unsigned length) {
        auto& bytes = *static_cast<std::string_view*>(from);
        if (bytes.size() < length) return CAIRO_STATUS_READ_ERROR;
        bytes.copy(reinterpret_cast<char*>(to), length);
        bytes.remove_prefix(length);
        return CAIRO_STATUS_SUCCESS;
      },
      &rest);
  EXPECT_EQ(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
  Image image{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), {}};
  const unsigned char* data = cairo_image_surface_get_data(surface);
  for (int y = 0; y < image.height; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(data + y * cairo_image_surface_get_stride(surface));
    image.pixels.insert(image.pixels.end(), row, row + image.width);
  }
  cairo_surface_destroy(surface);
  return image;
}

class CairoPainterTest : public testing::Test {
 protected:
  [[nodiscard]] std::string png(const BadgeDrawing& drawing, unsigned scale = 1) const {
    const auto image = painter->png(drawing, scale);
    EXPECT_TRUE(image) << image.error().what;
    return image ? *image : std::string();
  }
  std::unique_ptr<CairoPainter> painter = std::move(*CairoPainter::open());
};

TEST_F(CairoPainterTest, PaintsEveryStyleAtEveryScale) {
  for (const char* style : all_styles) {
    for (unsigned scale = 1; scale <= badge_scale_max; ++scale) {
      const BadgeDrawing badge = drawing(style);
      const Image image = read(png(badge, scale));
      EXPECT_EQ(image.width, static_cast<int>(badge.width * scale)) << style;
      EXPECT_EQ(image.height, static_cast<int>(badge.height * scale)) << style;
      const std::set<std::uint32_t> colors(image.pixels.begin(), image.pixels.end());
      EXPECT_GT(colors.size(), 10U) << style << " is not blank";
    }
  }
}

TEST_F(CairoPainterTest, PaintsTheSameBytesAgain) {
  const auto other = std::move(*CairoPainter::open());
  for (const char* style : all_styles) {
    EXPECT_EQ(png(drawing(style)), png(drawing(style)));
    EXPECT_EQ(png(drawing(style)), *other->png(drawing(style), 1)) << "another painter";
  }
}

TEST_F(CairoPainterTest, ShowsTheNumber) {
  for (const char* style : all_styles) {
    EXPECT_NE(png(drawing(style, 1'284)), png(drawing(style, 1'285))) << style;
    EXPECT_NE(png(drawing(style, 1'284)), png(drawing(style, 1'284, BadgeTheme::light, "readers"))) << style;
  }
}

TEST_F(CairoPainterTest, LeavesTheCornersOfARoundedBadgeClear) {
  const Image rounded = read(png(drawing("flat"), 4));
  EXPECT_EQ(rounded.at(0, 0) >> 24U, 0U);
  EXPECT_EQ(rounded.at(rounded.width - 1, rounded.height - 1) >> 24U, 0U);
  const Image square = read(png(drawing("flat-square"), 4));
  EXPECT_EQ(square.at(0, 0) >> 24U, 255U);
}

TEST_F(CairoPainterTest, PutsTheColoursWhereTheLayoutSays) {
  BadgeLook look;
  look.style = BadgeStyle::flat_square;
  look.color = Rgb{0x12, 0x34, 0x56};
  look.label_color = Rgb{0x65, 0x43, 0x21};
  const Image image = read(png(draw_badge({"visits", 7, {}, {}}, look)));
  EXPECT_EQ(image.at(1, 1), 0xFF654321U);
  EXPECT_EQ(image.at(image.width - 2, 1), 0xFF123456U);
}

TEST_F(CairoPainterTest, HasADarkSide) {
  EXPECT_NE(png(drawing("plain", 1, BadgeTheme::dark)), png(drawing("plain", 1, BadgeTheme::light)));
  EXPECT_EQ(png(drawing("plain", 1, BadgeTheme::automatic)), png(drawing("plain", 1, BadgeTheme::light)));
}

TEST_F(CairoPainterTest, PaintsWhateverTheLabelIs) {
  for (const char* label : {"", "訪問者 🎉", "\xff\xfe", "<script>", "e\u0301\u0301\u0301"}) {
    EXPECT_FALSE(png(drawing("flat", 1, BadgeTheme::light, label)).empty());
  }
}

TEST_F(CairoPainterTest, PaintsForManyThreadsAtOnce) {
  const std::string wanted = png(drawing("flat"));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) EXPECT_EQ(*painter->png(drawing("flat"), 1), wanted);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace footfall
