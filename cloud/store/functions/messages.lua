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

-- KEYS: delivery. ARGV: state, now, provider ('' for none), tries, error ('' for none).
local function sent(keys, args)
  finish(keys[1], unpack(args, 1, 5))
  return 1
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
redis.register_function('latchkey_message_reported', reported)
