#!lua name=latchkey_messages

-- How far a message is. It only ever goes on: what a provider says twice, or too late, changes nothing.
local RANK = { waiting = 0, failed = 1, sent = 2, undelivered = 3, delivered = 3 }

-- Writes down a message that is to be sent.
-- KEYS: delivery, deliveries of the tenant, deliveries of the correlation. ARGV: id, keepMs, most, then field, value, ...
local function add(keys, args)
  redis.call('HSET', keys[1], unpack(args, 4))
  redis.call('PEXPIRE', keys[1], args[2])
  redis.call('LPUSH', keys[2], args[1])
  redis.call('LTRIM', keys[2], 0, tonumber(args[3]) - 1)
  redis.call('PEXPIRE', keys[2], args[2])
  redis.call('LPUSH', keys[3], args[1])
  redis.call('LTRIM', keys[3], 0, tonumber(args[3]) - 1)
  redis.call('PEXPIRE', keys[3], args[2])
  return 1
end

-- What our own sending came to. A provider may have reported the end of it already: then only who took it is added.
-- KEYS: delivery. ARGV: state, now, provider ('' none), tries, error ('' none).
local function sent(keys, args)
  local state = redis.call('HGET', keys[1], 'state')
  if not state then return 0 end
  redis.call('HSET', keys[1], 'provider', args[3], 'tries', args[4])
  if RANK[state] == 3 or RANK[args[1]] < RANK[state] then return 0 end
  redis.call('HSET', keys[1], 'state', args[1], 'changedAt', args[2], 'error', args[5])
  return 1
end

-- What a provider says later: delivered or undelivered. A provider that was given up on (it did not answer in time) may still
-- say that it delivered; that it did not is of interest only from the one that took the message.
-- KEYS: delivery. ARGV: state, now, provider, error ('' none). Answers -1 when there is no such message.
local function reported(keys, args)
  local state = redis.call('HGET', keys[1], 'state')
  if not state then return -1 end
  if RANK[state] == 3 then return 0 end
  local taker = redis.call('HGET', keys[1], 'provider')
  if args[1] == 'undelivered' and taker and taker ~= '' and taker ~= args[3] then return 0 end
  redis.call('HSET', keys[1], 'state', args[1], 'changedAt', args[2], 'provider', args[3], 'error', args[4])
  return 1
end

local MINUTE_MS = 60000
local HOUR = 60

-- Counts what was sent and what was typed in, by the minute. A send is judged once its code has expired; the first one found
-- too little opens the breaker.
-- KEYS: counts, breaker. ARGV: now, 'sent' or 'verified', least sends, least percent, minutes until a send is judged.
-- Answers {1, sent, verified} when this call opened the breaker.
local function convert(keys, args)
  local minute = math.floor(tonumber(args[1]) / MINUTE_MS)
  redis.call('HINCRBY', keys[1], string.format('%.0f', minute) .. ':' .. args[2], 1)
  redis.call('PEXPIRE', keys[1], 2 * HOUR * MINUTE_MS)
  if args[2] ~= 'sent' then return { 0 } end

  local sums, settled = { sent = 0, verified = 0 }, minute - tonumber(args[5])
  local counts = redis.call('HGETALL', keys[1])
  for i = 1, #counts, 2 do
    local at, what = counts[i]:match('^(%d+):(%a+)$')
    at = tonumber(at)
    if at <= minute - HOUR then
      redis.call('HDEL', keys[1], counts[i])
    elseif what == 'verified' or at <= settled then
      sums[what] = sums[what] + tonumber(counts[i + 1])
    end
  end
  if sums.sent < tonumber(args[3]) or sums.verified * 100 >= sums.sent * tonumber(args[4]) then return { 0 } end
  if not redis.call('SET', keys[2], args[1], 'NX', 'PX', HOUR * MINUTE_MS) then return { 0 } end
  return { 1, sums.sent, sums.verified }
end

-- Takes a notice out of the stream until it is due.
-- KEYS: stream, later. ARGV: group, entry id, due, the notice.
local function defer(keys, args)
  redis.call('ZADD', keys[2], args[3], args[4])
  redis.call('XACK', keys[1], args[1], args[2])
  redis.call('XDEL', keys[1], args[2])
  return 1
end

-- Puts the notices that are due back into the stream; answers how many.
-- KEYS: stream, later. ARGV: now, most.
local function due(keys, args)
  local notices = redis.call('ZRANGEBYSCORE', keys[2], '-inf', args[1], 'LIMIT', 0, args[2])
  for _, notice in ipairs(notices) do
    redis.call('XADD', keys[1], '*', 'notice', notice)
    redis.call('ZREM', keys[2], notice)
  end
  return #notices
end

redis.register_function('latchkey_message_add', add)
redis.register_function('latchkey_message_sent', sent)
redis.register_function('latchkey_message_reported', reported)
redis.register_function('latchkey_message_convert', convert)
redis.register_function('latchkey_notice_defer', defer)
redis.register_function('latchkey_notice_due', due)
