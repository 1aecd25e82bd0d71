#!lua name=latchkey_limits

-- Counters with fixed windows. Each is a hash field `<count> <epoch ms at which its window ends>`. All counters of one
-- user are fields of one hash, so that the helpdesk can lift a block by deleting one key. All times come from Redis.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Adds to all counters, or to none of them when one would exceed its limit.
-- KEYS: the hash of each counter. ARGV: for each counter its field, limit, window in ms and amount. An amount of 0 only
-- checks; a negative one is given back. Replies {0, 0}, or {position of the exhausted counter, end of its window}.
local function take(keys, args)
  local now = now_ms()
  local counters = {}
  for i, key in ipairs(keys) do
    local at = (i - 1) * 4
    local field, limit, window, amount = args[at + 1], tonumber(args[at + 2]), tonumber(args[at + 3]), tonumber(args[at + 4])
    local count, ends = string.match(redis.call('HGET', key, field) or '', '^(%d+) (%d+)$')
    count, ends = tonumber(count) or 0, tonumber(ends) or 0
    local begins = ends <= now
    if begins then count, ends = 0, now + window end
    if amount >= 0 and count + math.max(amount, 1) > limit then return { i, ends } end
    if amount ~= 0 then
      table.insert(counters, { key = key, field = field, count = math.max(count + amount, 0), ends = ends, begins = begins })
    end
  end

  for _, counter in ipairs(counters) do
    redis.call('HSET', counter.key, counter.field, string.format('%d %d', counter.count, counter.ends))
    -- The hash expires with the last of its windows. GT alone would not set a time to live on a hash that has none yet.
    if counter.begins and redis.call('PEXPIREAT', counter.key, counter.ends, 'NX') == 0 then
      redis.call('PEXPIREAT', counter.key, counter.ends, 'GT')
    end
  end
  return { 0, 0 }
end

redis.register_function('latchkey_limits_take', take)
