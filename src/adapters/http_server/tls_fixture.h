// What the tests of HTTPS speak: certificates made on the spot, a server with them, and a client that shakes hands.
#pragma once

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/http_server/http_server_fixture.h"
#include "adapters/http_server/tls.h"

namespace footfall {

using Key = std::shared_ptr<EVP_PKEY>;

inline Key new_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

// A certificate signed by its own key; its days count from now on and may be negative.
inline std::shared_ptr<X509> certificate_for(const char* host, const Key& key, int from_day = -1, int until_day = 30) {
  constexpr long day = 24L * 3'600;
  std::shared_ptr<X509> made(X509_new(), X509_free);
  X509* const certificate = made.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1 + until_day * until_day);
  X509_gmtime_adj(X509_getm_notBefore(certificate), from_day * day);
  X509_gmtime_adj(X509_getm_notAfter(certificate), until_day * day);
  X509_set_pubkey(certificate, key.get());
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(host), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  const std::string names = "DNS:" + std::string(host);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate, key.get(), EVP_sha256());
  return made;
}

// A folder with a certificate and its key, gone with the object.
class TlsFolder {
 public:
  TlsFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "footfall-tls-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TlsFolder() { std::filesystem::remove_all(path_); }
  TlsFolder(const TlsFolder&) = delete;
  TlsFolder& operator=(const TlsFolder&) = delete;

  [[nodiscard]] TlsFiles files() const { return {path_ / "certificate.pem", path_ / "key.pem"}; }

  void put_certificate(const std::vector<std::shared_ptr<X509>>& certificates) const {
    with_file(files().certificate, 0644, [&](BIO* bio) {
      for (const auto& certificate : certificates) PEM_write_bio_X509(bio, certificate.get());
    });
  }
  void put_key(const Key& key, const char* passphrase = nullptr, mode_t mode = 0600) const {
    with_file(files().key, mode, [&](BIO* bio) {
      PEM_write_bio_PrivateKey(bio, key.get(), passphrase == nullptr ? nullptr : EVP_aes_128_cbc(), nullptr, 0, nullptr,
                               const_cast<char*>(passphrase));
    });
  }
  void put_text(const std::string& file, std::string_view text) const {
    with_file(file, 0600, [&](BIO* bio) { BIO_write(bio, text.data(), static_cast<int>(text.size())); });
  }
  // A new key and a certificate of it.
  void put(const char* host, int from_day = -1, int until_day = 30) const {
    const Key key = new_key();
    put_certificate({certificate_for(host, key, from_day, until_day)});
    put_key(key);
  }

 private:
  template <typename F>
  static void with_file(const std::string& file, mode_t mode, F&& write) {
    BIO* const bio = BIO_new_file(file.c_str(), "w");
    write(bio);
    BIO_free(bio);
    ::chmod(file.c_str(), mode);
  }

  std::filesystem::path path_;
};

// How a client shakes hands.
struct Handshake {
  int version_min = TLS1_2_VERSION;
  int version_max = TLS1_3_VERSION;
  const char* ciphers = nullptr;  // of TLS 1.2
  std::string protocols{};        // for ALPN, as it is sent
  SSL_SESSION* resumes = nullptr;
  const char* host = "example.com";
};

class TlsClient final : public Client {
 public:
  TlsClient(std::uint16_t port, const Handshake& how, int receive_buffer_bytes = 0)
      : Client(port, receive_buffer_bytes), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_security_level(context_.get(), 0);  // what is too weak is for the server to refuse
    SSL_CTX_set_min_proto_version(context_.get(), how.version_min);
    SSL_CTX_set_max_proto_version(context_.get(), how.version_max);
    if (how.ciphers != nullptr) SSL_CTX_set_cipher_list(context_.get(), how.ciphers);
    ssl_.reset(SSL_new(context_.get()), SSL_free);
    if (!how.protocols.empty()) {
      SSL_set_alpn_protos(ssl(), reinterpret_cast<const unsigned char*>(how.protocols.data()),
                          static_cast<unsigned int>(how.protocols.size()));
    }
    if (how.resumes != nullptr) SSL_set_session(ssl(), how.resumes);
    SSL_set_tlsext_host_name(ssl(), how.host);
    SSL_set_fd(ssl(), descriptor());
    shaken_ = SSL_connect(ssl()) == 1;
    if (!shaken_) why_not_ = ERR_GET_REASON(ERR_peek_last_error());
    ERR_clear_error();
  }

  [[nodiscard]] bool shaken() const { return shaken_; }
  [[nodiscard]] int why_not() const { return why_not_; }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  // The host name of the certificate that the server showed.
  [[nodiscard]] std::string certificate_host() const {
    X509* const certificate = SSL_get1_peer_certificate(ssl());
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
    X509_free(certificate);
    return name.data();
  }
  [[nodiscard]] std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned int bytes = 0;
    SSL_get0_alpn_selected(ssl(), &name, &bytes);
    return {reinterpret_cast<const char*>(name), bytes};
  }
  // Whether the server has said that nothing more comes, rather than only breaking off.
  [[nodiscard]] bool was_told_the_end() const { return (SSL_get_shutdown(ssl()) & SSL_RECEIVED_SHUTDOWN) != 0; }

 protected:
  ssize_t put(std::string_view text) override {
    const int result = SSL_write(ssl(), text.data(), static_cast<int>(text.size()));
    ERR_clear_error();
    return result;
  }
  ssize_t take(std::span<char> room) override {
    const int result = SSL_read(ssl(), room.data(), static_cast<int>(room.size()));
    const int error = SSL_get_error(ssl(), result);
    ERR_clear_error();
    return error == SSL_ERROR_ZERO_RETURN ? 0 : result > 0 ? result : -1;
  }
  bool has_some() override { return SSL_pending(ssl()) > 0; }

 private:
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
  bool shaken_ = false;
  int why_not_ = 0;
};

class TlsServerTest : public HttpServerTest {
 protected:
  TlsServerTest() {
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL's own BIO, which the client uses, raises it
    folder.put("example.com");
  }
  void start_tls() {
    auto loaded = Tls::load(folder.files());
    ASSERT_TRUE(loaded) << loaded.error().what;
    settings.tls = tls = *std::move(loaded);
    start();
  }
  TlsClient shake(const Handshake& how = {}, int receive_buffer_bytes = 0) {
    return {server->port(), how, receive_buffer_bytes};
  }
  void expect_well_under_tls() {
    TlsClient client = shake();
    ASSERT_TRUE(client.shaken());
    const auto reply = client.ask("GET /well HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status / 100, 2);
  }

  TlsFolder folder;
  std::shared_ptr<Tls> tls;
};

}  // namespace footfall
