#include "app/api/media_type.h"

#include <gtest/gtest.h>

namespace footfall {
namespace {

TEST(MediaType, GoesByTheEnding) {
  EXPECT_EQ(media_type("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(media_type("INDEX.HTM"), "text/html; charset=utf-8");
  EXPECT_EQ(media_type("a.b/photo.JPG"), "image/jpeg");
  EXPECT_EQ(media_type("font.woff2"), "font/woff2");
  EXPECT_EQ(media_type("style.css.gz"), "application/gzip");
  EXPECT_EQ(media_type("data"), "application/octet-stream");
  EXPECT_EQ(media_type("html"), "application/octet-stream") << "a name is no ending";
  EXPECT_EQ(media_type("archive.unknown"), "application/octet-stream");
  EXPECT_EQ(media_type("a.html/data"), "application/octet-stream") << "a folder's ending is not the file's";
  EXPECT_EQ(media_type(".well-known/apple-app-site-association"), "application/json");
}

TEST(NamedByContent, AreTheFilesOfBundlers) {
  for (const char* name : {"/assets/index-D4fk29Xa.js", "/assets/index-C-x8Q2fT.css", "/main.8f3b1c2d.css",
                           "/static/js/main.8f3b1c2d.chunk.js", "/app.5d41402abc4b2a76b9719d911017c592.min.js",
                           "/app.5d41402a.js.map", "/_next/static/chunks/12-0a3ef29b4c1d.js", "/chunk-7X2K5QLM.js",
                           "/fonts/inter-B9k3xZ1q.woff2", "/logo.a1b2c3d4e5.svg"}) {
    EXPECT_TRUE(is_named_by_content(name)) << name;
  }
}

TEST(NamedByContent, AreNotNamesThatPeopleGive) {
  for (const char* name : {"/",
                           "/style.css",
                           "/app-settings.js",
                           "/jquery-3.7.1.min.js",
                           "/photo-20240131.jpg",
                           "/photo-2024dec1.jpg",
                           "/photo-12345678.jpg",
                           "/my-Chapter1.png",
                           "/DSC_01234567.jpg",
                           "/data-DataGrid.js",
                           "/bootstrap.bundle.min.js",
                           "/report-5d41402a.pdf",
                           "/index-5d41402a.html",
                           "/data-5d41402a.json",
                           "/5d41402abc4b.js",
                           "/a.b",
                           "/x-1a.js",
                           "/deadbeef-cafe.js",
                           "/icon-facade00",
                           "/photo-deadbeef.png",
                           "/IMG-20240131a.jpg",
                           "/folder-5d41402a/style.css"}) {
    EXPECT_FALSE(is_named_by_content(name)) << name;
  }
}

}  // namespace
}  // namespace footfall
