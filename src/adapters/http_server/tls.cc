#include "adapters/http_server/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/time.h"

namespace footfall {
namespace {

// Mozilla's "intermediate" (guideline 5.7), without finite-field Diffie-Hellman: whoever knows TLS 1.2 knows curves.
constexpr const char* ciphers_of_tls_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* curves = "X25519:P-256:P-384";

// A stolen key of tickets opens what was encrypted while it lived (with TLS 1.2), so none lives long.
constexpr std::chrono::hours ticket_key_age_max{12};

// As ALPN writes it: a length and a name.
constexpr std::array<unsigned char, 18> protocols{8, 'h', 't', 't', 'p', '/', '1', '.', '1',
                                                  8, 'h', 't', 't', 'p', '/', '1', '.', '0'};

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes, const unsigned char* offered,
                    unsigned int offered_bytes, void*) {
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, chosen_bytes, protocols.data(),
                                           static_cast<unsigned int>(protocols.size()), offered, offered_bytes);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 §3.2
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

Error refused(const std::string& what) {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  Error error{ErrorCode::invalid, what + (reason == nullptr ? "" : std::string(": ") + reason)};
  ERR_clear_error();
  return error;
}

// With ticket keys of its own.
Result<std::shared_ptr<SSL_CTX>> context_of(const TlsIdentity& identity) {
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX* const context = made.get();
  if (context == nullptr) return refused("TLS cannot be set up");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Records are read as they come, and memory for them is held only while there are any.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  if (SSL_CTX_set_cipher_list(context, ciphers_of_tls_1_2) != 1 || SSL_CTX_set1_groups_list(context, curves) != 1) {
    return refused("TLS cannot be set up");
  }
  STACK_OF(X509)* const chain = sk_X509_new_null();
  for (const auto& certificate : identity.chain) sk_X509_push(chain, certificate.get());
  const int used = SSL_CTX_use_cert_and_key(context, identity.certificate.get(), identity.key.get(), chain, 1);
  sk_X509_free(chain);
  if (used != 1) return refused("the TLS certificate cannot be used");
  return made;
}

std::string day_of(std::chrono::sys_seconds time) {
  return to_rfc3339(std::chrono::time_point_cast<Milliseconds>(time)).substr(0, 10);
}

}  // namespace

Tls::~Tls() = default;

Result<Tls::State> Tls::read(const TlsFiles& files) {
  auto identity = read_identity(files.certificate, files.key);
  if (!identity) return identity.error();
  auto context = context_of(*identity);
  if (!context) return context.error();
  return State{*std::move(identity), *std::move(context), std::chrono::steady_clock::now()};
}

Result<std::shared_ptr<Tls>> Tls::load(const TlsFiles& files) {
  auto state = read(files);
  if (!state) return state.error();
  std::shared_ptr<Tls> tls(new Tls(files));
  tls->state_.with([&](State& held) { held = *std::move(state); });
  return tls;
}

Result<Done> Tls::reload() {
  auto state = read(files_);
  if (!state) return state.error();
  state_.with([&](State& held) { held = *std::move(state); });
  return Done{};
}

std::vector<std::string> Tls::warnings(std::chrono::system_clock::time_point now) const {
  return state_.with([&](const State& held) {
    std::vector<std::string> warnings;
    const std::string certificate = "the TLS certificate " + files_.certificate + " (" + held.identity.name + ")";
    if (held.identity.good_until <= now) {
      warnings.push_back(certificate + " has expired on " + day_of(held.identity.good_until) +
                         ": browsers will refuse it");
    } else if (held.identity.good_from > now) {
      warnings.push_back(certificate + " is good only from " + day_of(held.identity.good_from) +
                         " on: browsers will refuse it");
    }
    if (held.identity.key_is_open_to_all) {
      warnings.push_back("the TLS key " + files_.key + " can be read by every user of this machine: chmod 600 it");
    }
    return warnings;
  });
}

std::string Tls::description() const {
  return state_.with(
      [](const State& held) { return held.identity.name + ", good until " + day_of(held.identity.good_until); });
}

std::chrono::sys_seconds Tls::good_until() const {
  return state_.with([](const State& held) { return held.identity.good_until; });
}

std::unique_ptr<TlsSession> Tls::accept(int descriptor) {
  const std::shared_ptr<SSL_CTX> context = state_.with([](State& held) {
    const auto now = std::chrono::steady_clock::now();
    if (now - held.made > ticket_key_age_max) {
      if (auto next = context_of(held.identity)) held.context = *std::move(next);
      held.made = now;
    }
    return held.context;
  });
  return std::make_unique<TlsSession>(context.get(), descriptor, tally_);
}

TlsCounters Tls::counters() const {
  return {tally_.full.load(std::memory_order_relaxed), tally_.resumed.load(std::memory_order_relaxed),
          tally_.failed.load(std::memory_order_relaxed)};
}

}  // namespace footfall
