// Every bound of the product, with its reason. A test stands on each side of each.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace footfall {

// --- What is kept of one hit (bytes of UTF-8; longer text is cut, except where noted) ---

// Browsers and proxies cut URLs near 2 KiB; a longer path is abuse, not a page: refused.
inline constexpr std::size_t path_bytes_max = 2'000;
inline constexpr std::size_t url_bytes_max = 2'000;
inline constexpr std::size_t query_bytes_max = 2'000;
inline constexpr std::size_t referrer_bytes_max = 2'000;
inline constexpr std::size_t title_bytes_max = 512;
// Real user agents end near 300 bytes; matching costs time by the byte.
inline constexpr std::size_t user_agent_bytes_max = 512;
// The field's common bounds for custom events; a longer name is refused.
inline constexpr std::size_t event_name_bytes_max = 120;
inline constexpr std::size_t props_count_max = 30;
inline constexpr std::size_t prop_key_bytes_max = 300;
inline constexpr std::size_t prop_value_bytes_max = 2'000;
// All props of one hit as JSON: keeps a record within record_bytes_max whatever the parts.
inline constexpr std::size_t props_bytes_max = 16'384;
// Session and visitor ids given by a caller with an ingest token.
inline constexpr std::size_t given_id_bytes_max = 64;
// RFC 1035 §2.3.4: a host name has at most 253 characters.
inline constexpr std::size_t site_bytes_max = 253;
// A counter's key may be a whole URL.
inline constexpr std::size_t counter_key_bytes_max = 2'000;
inline constexpr std::size_t idempotency_key_bytes_max = 255;
// Numbers in JSON are exact up to 2^53 - 1 (RFC 8259 §6).
inline constexpr unsigned long long counter_value_max = 9'007'199'254'740'991ULL;

// --- Counters ---

// Keys of a site that are counted one by one, paths among them: whoever invents keys shall not fill the memory.
inline constexpr std::size_t counters_per_site_max = 100'000;
// Whoever counted lately, for counters that count each once; about 64 bytes each. The oldest is forgotten first.
inline constexpr std::size_t once_remembered_max = 1'000'000;
// The longest that anyone must be remembered: a session has ended and a day has passed by then.
inline constexpr std::chrono::hours once_window{48};
// What tells a session in receipts and wins: 128 bits of SHA-256 can be matched with a session, and not gone back from.
inline constexpr std::size_t session_hash_bytes = 16;
// One change of a counter's settings is one record: rules, lucky numbers and surprises together.
inline constexpr std::size_t counter_settings_bytes_max = 24'576;
inline constexpr std::size_t winner_rules_max = 64;      // of one counter, those that have ended included
inline constexpr std::size_t exact_numbers_max = 1'000;  // of one rule
inline constexpr std::size_t prize_bytes_max = 2'000;    // a URL
// Wins of one counter that are found by session and listed; an older one is still proved by its receipt.
inline constexpr std::size_t wins_remembered_max = 10'000;
// A claim is remembered for good, so that nothing is handed out twice.
inline constexpr std::size_t claims_per_counter_max = 100'000;
// Leaves of one tree of receipts: a signature for so many, and a path of at most ten steps.
inline constexpr std::size_t receipt_batch_max = 1'024;
// Public keys that are kept, one a rotation.
inline constexpr std::size_t receipt_keys_max = 1'000;

// --- The journal ---

// One hit is one record, so a record must hold the largest hit.
inline constexpr std::size_t record_bytes_max = 32'768;
inline constexpr std::size_t record_fixed_bytes_max = 512;
static_assert(record_fixed_bytes_max + path_bytes_max + query_bytes_max + referrer_bytes_max + title_bytes_max +
                  user_agent_bytes_max + event_name_bytes_max + props_bytes_max + 2 * given_id_bytes_max +
                  site_bytes_max <=
              record_bytes_max);
static_assert(record_fixed_bytes_max + counter_settings_bytes_max + counter_key_bytes_max + site_bytes_max <=
              record_bytes_max);
// One frame is one group commit; a reader refuses a longer one before it allocates.
inline constexpr std::size_t frame_bytes_max = 4UL * 1'024 * 1'024;
inline constexpr std::size_t segment_bytes_default = 64UL * 1'024 * 1'024;
// What may wait for the flusher: about a second of the fastest load seen; beyond it, hits are refused with 503.
inline constexpr std::size_t journal_queue_bytes_max = 32UL * 1'024 * 1'024;
inline constexpr std::size_t journal_queue_records_max = 65'536;

// --- HTTP ---

inline constexpr std::size_t target_bytes_max = 8'192;
inline constexpr std::size_t header_block_bytes_max = 16'384;
inline constexpr std::size_t header_count_max = 100;
// The hard bound of what one connection may hold unread.
inline constexpr std::size_t read_buffer_bytes_max = 32'768;
inline constexpr std::size_t collect_body_bytes_max = 16'384;
// 100 hits a request, as a batch.
inline constexpr std::size_t batch_body_bytes_max = 262'144;
inline constexpr std::size_t batch_hits_max = 100;
inline constexpr std::size_t api_body_bytes_max = 1'048'576;
inline constexpr int json_depth_max = 16;
inline constexpr std::chrono::seconds header_read_time_max{5};
inline constexpr std::chrono::seconds body_read_time_max{10};
inline constexpr std::chrono::seconds idle_time_max{30};
inline constexpr std::chrono::seconds request_time_max{15};
// A reader that takes no byte for this long is closed.
inline constexpr std::chrono::seconds write_stall_time_max{15};
inline constexpr std::size_t connections_max = 10'000;
inline constexpr std::size_t connections_per_address_max = 100;

// --- The site's files ---

// Linux takes no longer name (PATH_MAX, with room for an ending of ours).
inline constexpr std::size_t site_name_bytes_max = 4'000;
// A smaller file is kept in memory and answered without a read; a larger one is read while it is sent.
inline constexpr std::size_t site_kept_file_bytes_max = 1'048'576;
// What is kept of one site.
inline constexpr std::size_t site_cache_bytes_max = 64UL * 1'024 * 1'024;
// What is kept is compared with the disk this often: a change shows within a second.
inline constexpr std::chrono::milliseconds site_fresh_time{1'000};
inline constexpr std::size_t site_piece_bytes = 262'144;
// Readers of documents ask for a handful of ranges; who asks for more gets the whole file.
inline constexpr std::size_t byte_ranges_max = 16;

// --- The origin: the site's own server, behind us ---

// Applications send larger heads than browsers (policies, cookies), but not without end.
inline constexpr std::size_t origin_head_bytes_max = 32'768;
inline constexpr std::size_t origin_header_count_max = 200;
// Interim responses (RFC 9110 §15.2) before the one that counts; more is a flood.
inline constexpr int origin_interim_responses_max = 16;
// What is taken from one side before it is sent on to the other: the bound of a direction.
inline constexpr std::size_t forward_piece_bytes = 32'768;
// Of one network thread to one origin; further requests wait for a place.
inline constexpr std::size_t origin_connections_max = 1'024;
// Without a request. As many as a burst leaves behind need not stay.
inline constexpr std::size_t origin_idle_connections_max = 64;
// uvicorn and Node.js close after five seconds, some of them without saying so: who goes first is not surprised.
inline constexpr std::chrono::milliseconds origin_idle_time_max{4'000};
// One lost SYN is sent again after a second, and once more after three.
inline constexpr std::chrono::milliseconds origin_connect_time_max{5'000};
inline constexpr std::chrono::milliseconds origin_place_time_max{10'000};
// From the last byte of a request to the head of its response: reports and exports take their time.
inline constexpr std::chrono::milliseconds origin_answer_time_max{60'000};
// Without a byte of a body, in either direction.
inline constexpr std::chrono::milliseconds origin_body_stall_max{60'000};
// The same for what may be silent by nature: WebSocket and server-sent events.
inline constexpr std::chrono::milliseconds tunnel_idle_time_max{3'600'000};
// A name is looked up again after this long: containers come back with another address.
inline constexpr std::chrono::milliseconds origin_name_time_max{30'000};
// A streamed body has no length to bound its time by, so it must keep a pace: the time waited for the client may be
// body_read_time_max and a second for each of so many bytes.
inline constexpr std::size_t streamed_body_bytes_per_second_min = 512;
// A client that has finished sending may wait for its answer, or has left (RFC 9112 §9.6); only the first sends nothing
// more for this long because it has nothing to say.
inline constexpr std::chrono::milliseconds half_closed_time_max{2'000};

// --- Reading ---

inline constexpr std::size_t page_rows_default = 50;
inline constexpr std::size_t page_rows_max = 1'000;
inline constexpr std::size_t top_rows_max = 1'000;
inline constexpr std::chrono::seconds query_time_max{10};
inline constexpr std::size_t queries_at_once_max = 4;
inline constexpr std::size_t queries_waiting_max = 32;
// How long `fresh=true` waits for the processor.
inline constexpr std::chrono::seconds fresh_wait_max{10};

// --- Embeds ---

// Pages that follow a counter live. Each holds a connection, of which there are connections_max, and recording must
// find one free.
inline constexpr std::size_t counter_watchers_max = 2'000;
static_assert(counter_watchers_max < connections_max);
// A watcher is told of changes at most so often: faster than anyone reads.
inline constexpr std::chrono::milliseconds counter_news_interval{100};
// Messages of a webhook that are counted ahead of what is sent, while nobody takes them.
inline constexpr std::size_t webhook_messages_max = 10'000;
// One question about a counter's numbers may keep the store busy for so long within a second, and what it was answered
// may be so old then (app/counter_numbers.h).
inline constexpr std::chrono::milliseconds counter_question_share{250};
inline constexpr std::chrono::milliseconds counter_answer_age_max{1'000};
// How long whoever looks at a page waits for a store that is behind.
inline constexpr std::chrono::milliseconds counter_wait_max{2'000};
// Fetches of a counting image that are one view (app/image_views.h), and how many of them are remembered.
inline constexpr std::chrono::milliseconds image_repeat_window{1'000};
inline constexpr std::size_t image_views_max = 65'536;

// --- Time ---

// A client's clock is believed, with an ingest token, this far from the server's.
inline constexpr std::chrono::hours client_time_back_max{24};
inline constexpr std::chrono::minutes client_time_ahead_max{5};
// The same id or Idempotency-Key within this window counts once.
inline constexpr std::chrono::minutes retry_window{10};
inline constexpr std::size_t retry_ids_max = 1'000'000;
// Ids that come later are looked up among the visits from so long before their own time on: a visit that a page's
// script reported under the same id has our time, and the caller's clock may be wrong by as much as we believe it.
inline constexpr std::chrono::hours late_slack{24};
// --- Guards and quarantine ---

// What a page may call one of its messages, so that the same one is known when it comes again.
inline constexpr std::size_t beacon_name_bytes_max = 64;
// With the subject of the page token before it.
inline constexpr std::size_t beacon_bytes_max = 128;
// Dropped hits kept of one site and day: enough to see what went wrong and to take a day of it back, too few to fill a
// disk. Beyond it they are only counted.
inline constexpr std::size_t dropped_per_day_max = 10'000;
inline constexpr unsigned dropped_days_default = 30;
// Appended in one group when hits are re-admitted: so many records of the largest size fit a frame.
inline constexpr std::size_t readmit_at_once = 100;
// One request names at most so many dropped hits by their ids.
inline constexpr std::size_t readmit_ids_max = 1'000;
// Hops of a forwarded address that are looked at, from the nearest on; nobody has more proxies of his own.
inline constexpr std::size_t forwarded_hops_max = 32;
inline constexpr std::size_t trusted_proxies_max = 256;

// Sessions (settings of a site).
inline constexpr std::chrono::minutes session_idle_default{30};
inline constexpr std::chrono::minutes session_max_default{120};
// What the edge writes has at most 90 bytes; a longer value is not ours and is not looked into.
inline constexpr std::size_t session_cookie_bytes_max = 256;
// A hit's id (36), an hour and a MAC (22) have about 66, with the longest session of an app (given_id_bytes_max) about
// 131; more is not ours.
inline constexpr std::size_t page_token_bytes_max = 160;
// A session over a week is a visitor, not a visit.
inline constexpr unsigned session_seconds_max = 7 * 24 * 3'600;
// A hundred years: for ever is 0.
inline constexpr unsigned retention_days_max = 36'500;
// Hosts beside the site's own whose pages may record for it; each request is compared with all.
inline constexpr std::size_t site_hosts_max = 50;

// --- The edge ---

// How long after the edge's hit a script that cannot see the hit's id still reports the same view.
inline constexpr std::chrono::seconds edge_view_wait{30};
// Hits of the edge that wait for their script at once; of more, the oldest are forgotten and only an id completes them.
inline constexpr std::size_t edge_views_max = 100'000;

// --- Privacy ---

// Erasing writes the store anew: minutes for a hundred million rows, and hits that wait come first.
inline constexpr std::chrono::minutes erase_time_max{10};
// Each keeps a thread that answers queries; of queries_at_once_max, some must be left.
inline constexpr int erasures_at_once_max = 2;
// Sessions and visitors are erased by the positions of their visits, which stand in one append of the journal.
inline constexpr std::size_t erased_positions_max = 500'000;
// Where a site limits what is kept, what is stored leaves the journal at this age; at twice this at the latest.
inline constexpr std::chrono::hours journal_age_limited{24};
// Messages of the webhook that outlive the journal, in a file that is written anew for each: some 5,000 of them.
inline constexpr std::size_t owed_bytes_max = 1ULL << 20U;

// --- Where the queue and the store are services (ports/visit_queue.h, ports/item_table.h) ---

// SQS has taken 256 KiB for ever and 1 MiB of late; what we send fits either.
inline constexpr std::size_t queue_message_bytes_max = 262'144;
// What SendMessageBatch takes at once, and what ReceiveMessage gives.
inline constexpr std::size_t queue_batch_messages_max = 10;
inline constexpr std::chrono::seconds queue_patience_max{20};
// DynamoDB's own limits of a key.
inline constexpr std::size_t item_pk_bytes_max = 2'048;
inline constexpr std::size_t item_sk_bytes_max = 1'024;
// Of a whole item; DynamoDB's is 400 KB with the key.
inline constexpr std::size_t item_bytes_max = 390'000;
// What a key keeps of a path or of a counter's name as it is; a longer one goes on as its digest.
inline constexpr std::size_t item_name_bytes_max = 700;
// A question that must look at more rows than this, one by one, is not answered from the table; nor one that must look
// at more packed visits.
inline constexpr std::size_t table_rows_max = 10'000;
inline constexpr std::size_t packed_visits_max = 500'000;
// What one function hands over is at most 6 MB, base64 and all.
inline constexpr std::size_t function_event_bytes_max = 6UL * 1'024 * 1'024;

// --- The processor ---

// An acknowledged hit shows within one second, so a batch may not wait longer than a part of it.
inline constexpr std::chrono::milliseconds batch_wait{200};
inline constexpr std::size_t batch_records_max = 50'000;

}  // namespace footfall
