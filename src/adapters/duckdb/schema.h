// The tables of the embedded store.
//
// One narrow row a hit; every text is a number into a dictionary, numbered by first appearance, 0 for none.
// Dictionaries are only appended to: a text may stand in one twice (the writer remembers recent texts, not all), so
// readers go from number to text, never compare numbers for equality of texts, and group by text at the end. What a
// user agent or an address means stands in its dictionary row: judging history again is a change of a few thousand rows
// there. What has to go for good is left out when the whole file is written anew (rewrite.h). No keys and no indexes:
// replaying a log into an indexed table needs many times its size.
#pragma once

namespace footfall::duckdb {

// Grows by one with every change of the tables; an older program refuses a newer store.
inline constexpr int schema_version = 1;

inline constexpr const char* schema = R"sql(
CREATE TABLE store (version INTEGER NOT NULL, made TIMESTAMP_MS NOT NULL);
CREATE TABLE processed (position UBIGINT NOT NULL);           -- one row: the first journal position not in here

CREATE TABLE sites (id USMALLINT, site VARCHAR);
CREATE TABLE paths (id UINTEGER, path VARCHAR);
CREATE TABLE queries (id UINTEGER, query VARCHAR);
CREATE TABLE titles (id UINTEGER, title VARCHAR);
CREATE TABLE events (id UINTEGER, event VARCHAR);
CREATE TABLE properties (id UINTEGER, props VARCHAR);         -- a JSON object of strings
CREATE TABLE referrers (id UINTEGER, referrer VARCHAR, source VARCHAR, medium VARCHAR);
CREATE TABLE campaigns (id UINTEGER, source VARCHAR, medium VARCHAR, campaign VARCHAR, content VARCHAR, term VARCHAR);
CREATE TABLE user_agents (id UINTEGER, user_agent VARCHAR, browser VARCHAR, browser_version VARCHAR, os VARCHAR,
                          os_version VARCHAR, device VARCHAR, bot VARCHAR);      -- '' for none
-- form 0: an address or its network; 1: a keyed hash (domain/kept_address.h). 0 in both: only the place is kept.
CREATE TABLE addresses (id UINTEGER, form UTINYINT, address UHUGEINT, region VARCHAR, city VARCHAR);

CREATE TABLE visitors (number UINTEGER, site USMALLINT, day DATE, hash UBIGINT);
CREATE TABLE given_visitors (number UINTEGER, visitor VARCHAR);   -- ids that callers gave; others are made from the number
CREATE TABLE given_sessions (number UINTEGER, session VARCHAR);

CREATE TABLE visits (
  position UBIGINT, time TIMESTAMP_MS, site USMALLINT, path UINTEGER, query UINTEGER, title UINTEGER,
  visitor UINTEGER, session UINTEGER, address UINTEGER, user_agent UINTEGER, referrer UINTEGER, campaign UINTEGER,
  channel UTINYINT, country USMALLINT,                        -- two letters: first * 256 + second; 0: not known
  event UINTEGER, properties UINTEGER, kind UTINYINT, source UTINYINT,
  flags UTINYINT,                                             -- 1: interactive; the marks of domain/hit.h times 2
  id UHUGEINT);                                               -- a UUID that the caller gave, or NULL

-- The quarantine: hits that policy did not count, and why (domain/drop_reason.h). They are in no number.
CREATE TABLE dropped (
  position UBIGINT, time TIMESTAMP_MS, site USMALLINT, reason UTINYINT, rules UINTEGER,
  path UINTEGER, query UINTEGER, title UINTEGER, referrer UINTEGER, event UINTEGER, properties UINTEGER,
  address UINTEGER, user_agent UINTEGER, kind UTINYINT, source UTINYINT, flags UTINYINT,
  session VARCHAR, visitor VARCHAR, id VARCHAR);              -- as the caller gave them; '' for none

CREATE TABLE engagements (position UBIGINT, time TIMESTAMP_MS, session UINTEGER, engaged_ms UINTEGER, scroll_depth UTINYINT);
-- What rows had counted that are no more, so that counters keep their numbers.
CREATE TABLE gone_views (site USMALLINT, path UINTEGER, views UBIGINT, first UBIGINT);   -- first: of their positions
-- One row: the highest numbers given to visitors and sessions of which there may be no row any more, and the position
-- below which the journal may hold nothing.
CREATE TABLE gone (visitor UINTEGER NOT NULL, session UINTEGER NOT NULL, erased UBIGINT NOT NULL);
CREATE TABLE counters (id UINTEGER, site USMALLINT, key VARCHAR);
CREATE TABLE increments (position UBIGINT, time TIMESTAMP_MS, counter UINTEGER, amount UBIGINT,
                         value UBIGINT,                       -- what was answered
                         who UBIGINT);                        -- whoever may count once, hashed; 0: anyone
CREATE TABLE counter_settings (position UBIGINT, counter UINTEGER, settings VARCHAR);    -- JSON; the newest holds
CREATE TABLE wins (position UBIGINT, time TIMESTAMP_MS, counter UINTEGER, number UBIGINT, rule UINTEGER,
                   session UHUGEINT);                         -- hashed; 0: not known
CREATE TABLE claims (position UBIGINT, time TIMESTAMP_MS, counter UINTEGER, number UBIGINT, prize VARCHAR,
                     from_pool UTINYINT);                     -- 1: one of the owner's pool
CREATE TABLE imports (site USMALLINT, block UHUGEINT, lines UBIGINT, position UBIGINT);
)sql";

}  // namespace footfall::duckdb
