#!lua name=latchkey_messages

-- Order of a message's states. A message never returns to an earlier state, so a repeated or late report of a provider
-- changes nothing.
local RANK = { waiting = 0, failed = 1, sent = 2, undelivered = 3, delivered = 3 }

local DAY_MS = 86400000

-- Adds an id at the head of a list and limits the length of the list. The list's time to live is renewed once a day, so
-- that it expires after the record of its last id.
local function list(key, id, most, keep)
  if redis.call('LPUSH', key, id) > most then redis.call('LTRIM', key, 0, most - 1) end
  if redis.call('PTTL', key) < keep then redis.call('PEXPIRE', key, keep + DAY_MS) end
end

-- Stores the record of a message before it is sent.
-- KEYS: delivery, deliveries of the tenant, deliveries with the correlation id.
-- ARGV: id, retention in ms, maximum length of the lists, then fields and values.
local function add(keys, args)
  local keep, most = tonumber(args[2]), tonumber(args[3])
  redis.call('HSET', keys[1], unpack(args, 4))
  redis.call('PEXPIRE', keys[1], keep)
  list(keys[2], args[1], most, keep)
  list(keys[3], args[1], most, keep)
  return 1
end

local MINUTE_MS = 60000
local HOUR = 60

-- Counts one event (`sent` or `verified`) in its minute. Returns the new count of that minute.
local function count(key, minute, what)
  local field = string.format('%.0f:%s', minute, what)
  local counted = redis.call('HINCRBY', key, field, 1)
  if counted == 1 then redis.call('PEXPIRE', key, 2 * HOUR * MINUTE_MS) end
  return counted
end

-- Counts a sent code. The first code of each minute also checks the last hour: it compares the number of verified codes
-- with the number of sent codes that are old enough to have expired. One check a minute is enough, because no further
-- code becomes old enough within the minute. If the share of verified codes is too low, the breaker opens for an hour.
-- Returns {1, sent, verified} when this call opened it, otherwise {0}.
local function convert(counts, breaker, now, least, percent, settle)
  local minute = math.floor(now / MINUTE_MS)
  if count(counts, minute, 'sent') > 1 then return { 0 } end

  local sums, settled = { sent = 0, verified = 0 }, minute - settle
  local fields = redis.call('HGETALL', counts)
  for i = 1, #fields, 2 do
    local at, what = fields[i]:match('^(%d+):(%a+)$')
    at = tonumber(at)
    if at <= minute - HOUR then
      redis.call('HDEL', counts, fields[i])
    elseif what == 'verified' or at <= settled then
      sums[what] = sums[what] + tonumber(fields[i + 1])
    end
  end
  if sums.sent < least or sums.verified * 100 >= sums.sent * percent then return { 0 } end
  if not redis.call('SET', breaker, now, 'NX', 'PX', HOUR * MINUTE_MS) then return { 0 } end
  return { 1, sums.sent, sums.verified }
end

-- Stores the result of sending a message. If the provider has already reported the final state, only the provider and
-- the number of tries are added.
local function finish(key, state, now, provider, tries, why)
  local before = redis.call('HGET', key, 'state')
  if not before then return end
  if RANK[before] == 3 or RANK[state] < RANK[before] then
    if provider ~= '' then redis.call('HSET', key, 'provider', provider, 'tries', tries) end
  else
    redis.call('HSET', key, 'provider', provider, 'tries', tries, 'state', state, 'changedAt', now, 'error', why)
  end
end

-- Stores the result of sending a message. If a breaker rule applies to it, also counts it as sent.
-- KEYS: delivery; with a rule also: counts, breaker.
-- ARGV: state, now, provider ('' for none), tries, error ('' for none); with a rule also: minimum number of codes sent,
-- minimum percentage verified, age in minutes from which a code counts. Replies as convert() returns.
local function sent(keys, args)
  finish(keys[1], unpack(args, 1, 5))
  if #keys == 1 then return { 0 } end
  return convert(keys[2], keys[3], tonumber(args[2]), tonumber(args[6]), tonumber(args[7]), tonumber(args[8]))
end

-- Counts a verified code.
-- KEYS: counts. ARGV: now.
local function verified(keys, args)
  return count(keys[1], math.floor(tonumber(args[1]) / MINUTE_MS), 'verified')
end

-- Stores a provider's later report: `delivered` or `undelivered`. A provider that timed out may still report that it
-- delivered the message. `undelivered` is ignored unless it comes from the provider that accepted the message.
-- KEYS: delivery. ARGV: state, now, provider, error ('' for none).
-- Replies 1 when the record changed, 0 when it did not, -1 when there is no such message.
local function reported(keys, args)
  local state = redis.call('HGET', keys[1], 'state')
  if not state then return -1 end
  if RANK[state] == 3 then return 0 end
  local taker = redis.call('HGET', keys[1], 'provider')
  if args[1] == 'undelivered' and taker and taker ~= '' and taker ~= args[3] then return 0 end
  redis.call('HSET', keys[1], 'state', args[1], 'changedAt', args[2], 'provider', args[3], 'error', args[4])
  return 1
end

redis.register_function('latchkey_message_add', add)
redis.register_function('latchkey_message_sent', sent)
redis.register_function('latchkey_message_verified', verified)
redis.register_function('latchkey_message_reported', reported)
