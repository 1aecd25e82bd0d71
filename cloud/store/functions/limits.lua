#!lua name=latchkey_limits

-- Counters whose windows slide. A counter of amounts is a hash field
--   `<refusals> <epoch ms of the first of them>;<epoch ms> <amount>;<epoch ms> <amount>;…;`
-- with the oldest amount first. Amounts stay apart while there are few of them, so that small limits are exact; later
-- ones of the same sixteenth of a window are added up. A counter of distinct members is a sorted set, scored by the time
-- (epoch ms) of each member's last count; its hash field holds the refusals alone. It never has more members than its
-- limit. All counters of one user are fields of one hash, so that a helpdesk can lift a block by deleting one key. All
-- times come from Redis.

local EXACT = 16
local LISTED_AT_MOST = 5000

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function read(key, members, args, at, now)
  local counter = {
    key = key, members = members, field = args[at + 1], limit = tonumber(args[at + 2]), window = tonumber(args[at + 3]),
    amount = tonumber(args[at + 4]), member = args[at + 5], listed = args[at + 6],
    count = 0, entries = {}, refusals = 0, since = 0,
  }
  local text = redis.call('HGET', key, counter.field) or ''
  local refusals, since = string.match(text, '^(%d+) (%d+);')
  if since and tonumber(since) + counter.window > now then
    counter.refusals, counter.since = tonumber(refusals), tonumber(since)
  end
  if counter.member ~= '' then
    redis.call('ZREMRANGEBYSCORE', members, '-inf', now - counter.window)
    counter.count = redis.call('ZCARD', members)
    counter.known = redis.call('ZSCORE', members, counter.member) ~= false
  else
    for time, amount in string.gmatch(string.match(text, ';(.*)') or '', '(%d+) (%d+);') do
      if tonumber(time) + counter.window > now then
        table.insert(counter.entries, { tonumber(time), tonumber(amount) })
        counter.count = counter.count + tonumber(amount)
      end
    end
  end
  return counter
end

-- Returns nil, or the time (epoch ms) at which enough of the window has passed for this amount.
local function refused_until(counter, now)
  if counter.amount < 0 or counter.known then return nil end
  local excess = counter.count + math.max(counter.amount, 1) - counter.limit
  if excess <= 0 then return nil end
  if counter.member ~= '' then
    local oldest = redis.call('ZRANGE', counter.members, excess - 1, excess - 1, 'WITHSCORES')
    return (tonumber(oldest[2]) or now) + counter.window
  end
  for _, entry in ipairs(counter.entries) do
    excess = excess - entry[2]
    if excess <= 0 then return entry[1] + counter.window end
  end
  return now + counter.window
end

local function write(counter, now)
  local parts = { string.format('%d %d;', counter.refusals, counter.since) }
  for _, entry in ipairs(counter.entries) do table.insert(parts, string.format('%d %d;', entry[1], entry[2])) end
  redis.call('HSET', counter.key, counter.field, table.concat(parts))
  -- The hash expires with the last of its windows. GT alone would not set a time to live on a hash that has none yet.
  local ends = now + counter.window
  if redis.call('PEXPIREAT', counter.key, ends, 'NX') == 0 then redis.call('PEXPIREAT', counter.key, ends, 'GT') end
end

local function add(counter, now)
  if counter.amount == 0 then return end
  if counter.member ~= '' then
    if counter.amount < 0 then
      redis.call('ZREM', counter.members, counter.member)
    else
      redis.call('ZADD', counter.members, now, counter.member)
      redis.call('PEXPIRE', counter.members, counter.window)
    end
    return
  end
  local last = counter.entries[#counter.entries]
  if counter.amount > 0 then
    if #counter.entries >= EXACT and now - last[1] < counter.window / EXACT then
      last[2] = last[2] + counter.amount
    else
      table.insert(counter.entries, { now, counter.amount })
    end
  else
    local back = -counter.amount
    while back > 0 and #counter.entries > 0 do
      local entry = counter.entries[#counter.entries]
      local part = math.min(back, entry[2])
      back, entry[2] = back - part, entry[2] - part
      if entry[2] == 0 then table.remove(counter.entries) end
    end
  end
  write(counter, now)
end

local function refuse(counter, ends, engaged, now)
  if counter.amount == 0 then return end
  if counter.refusals == 0 then counter.since = now end
  counter.refusals = counter.refusals + 1
  write(counter, now)
  if counter.listed == '' then return end
  redis.call('ZREMRANGEBYSCORE', engaged, '-inf', now)
  redis.call('ZADD', engaged, ends, counter.listed)
  redis.call('ZREMRANGEBYRANK', engaged, 0, -LISTED_AT_MOST - 1)
  redis.call('PEXPIREAT', engaged, ends, 'NX')
  redis.call('PEXPIREAT', engaged, ends, 'GT')
end

local function counters_of(keys, args, now)
  local counters = {}
  for i = 2, #keys - 1, 2 do
    table.insert(counters, read(keys[i], keys[i + 1], args, (#counters) * 6, now))
  end
  return counters
end

-- Adds to all counters, or to none of them when one would exceed its limit.
-- KEYS: the sorted set of engaged limits, then for each counter its hash and its sorted set. ARGV: for each counter its
-- field, limit, window in ms, amount, member ('' for a counter of amounts) and its name in the set of engaged limits (''
-- when it is not listed). A last key and two last arguments are a string to remember when all were counted, its value and
-- its time to live in ms. An amount of 0 only checks; a negative one is given back. Replies {0, 0, 0}, or {position of
-- the exhausted counter, time (epoch ms) at which it allows more, number of its refusals in this window}.
local function take(keys, args)
  local now = now_ms()
  local counters = counters_of(keys, args, now)
  for i, counter in ipairs(counters) do
    local ends = refused_until(counter, now)
    if ends then
      refuse(counter, ends, keys[1], now)
      return { i, ends, counter.refusals }
    end
  end
  for _, counter in ipairs(counters) do add(counter, now) end
  if #keys % 2 == 0 then redis.call('SET', keys[#keys], args[#args - 1], 'PX', args[#args]) end
  return { 0, 0, 0 }
end

-- Adds to each counter that does not exceed its limit with it. Keys and arguments are those of `take`. Replies for each
-- counter the time (epoch ms) at which it allows more, or 0 when it was not exhausted, the number of its refusals, and the
-- count before this call.
local function count(keys, args)
  local now = now_ms()
  local reply = {}
  for _, counter in ipairs(counters_of(keys, args, now)) do
    local ends, before = refused_until(counter, now), counter.count
    if ends then refuse(counter, ends, keys[1], now) else add(counter, now) end
    table.insert(reply, ends or 0)
    table.insert(reply, counter.refusals)
    table.insert(reply, before)
  end
  return reply
end

-- ---- Codes that nobody uses -----------------------------------------------------------------------------------------
-- Members of a sorted set, scored by the time (epoch ms) at which the code was sent: `<id> <network>` while it is unused,
-- `<id>` once it was used. The hash has `open`: the time (epoch ms) until which the breaker is open.

local MOST_CODES = 5000

-- Counts a code that was sent. Opens the breaker for a window when too few of the codes of the last one were used, and the
-- unused ones come from enough networks. An unused code counts once it has expired, and few count for one network.
-- KEYS: the sorted set of engaged limits, hash, sorted set. ARGV: id of the code, network, name in the set of engaged
-- limits, window in ms, age in ms from which a code counts, most unused ones that count for one network, minimum number of
-- codes, of networks, percentage that must be used. Replies {0}, or {1, codes, used ones} when this call opened it.
local function code_sent(keys, args)
  local now, window = now_ms(), tonumber(args[4])
  redis.call('ZADD', keys[3], now, args[1] .. ' ' .. args[2])
  redis.call('ZREMRANGEBYSCORE', keys[3], '-inf', now - window)
  redis.call('ZREMRANGEBYRANK', keys[3], 0, -MOST_CODES - 1)
  redis.call('PEXPIRE', keys[3], window)
  if tonumber(redis.call('HGET', keys[2], 'open') or 0) > now then return { 0 } end

  local settled, most = now - tonumber(args[5]), tonumber(args[6])
  local codes, used, networks, of_network = 0, 0, 0, {}
  local members = redis.call('ZRANGE', keys[3], 0, -1, 'WITHSCORES')
  for i = 1, #members, 2 do
    local network = string.match(members[i], ' (.+)$')
    if not network then
      codes, used = codes + 1, used + 1
    elseif tonumber(members[i + 1]) <= settled then
      local before = of_network[network] or 0
      of_network[network] = before + 1
      if before == 0 then networks = networks + 1 end
      if before < most then codes = codes + 1 end
    end
  end
  if codes < tonumber(args[7]) or networks < tonumber(args[8]) then return { 0 } end
  if used * 100 >= codes * tonumber(args[9]) then return { 0 } end
  redis.call('HSET', keys[2], 'open', string.format('%d', now + window))
  redis.call('PEXPIRE', keys[2], window)
  redis.call('ZADD', keys[1], now + window, args[3])
  redis.call('PEXPIREAT', keys[1], now + window, 'NX')
  redis.call('PEXPIREAT', keys[1], now + window, 'GT')
  return { 1, codes, used }
end

-- Counts a used code, if it was counted as sent. KEYS: hash, sorted set. ARGV: id of the code, network.
local function code_used(keys, args)
  local member = args[1] .. ' ' .. args[2]
  local sent = redis.call('ZSCORE', keys[2], member)
  if not sent then return 0 end
  redis.call('ZREM', keys[2], member)
  redis.call('ZADD', keys[2], sent, args[1])
  return 1
end

-- Replies 1 while the breaker is open. KEYS: hash, sorted set.
local function code_breaker(keys)
  return tonumber(redis.call('HGET', keys[1], 'open') or 0) > now_ms() and 1 or 0
end

-- ---- Who has proved who they are ------------------------------------------------------------------------------------
-- Sorted sets, scored by the time (epoch ms) of the last proof: users, networks, and the networks of one user.

-- KEYS: users, networks, networks of this user. ARGV: user, network, lifetime of a user and of a network in ms.
-- Replies 1 or 0 for each key.
local function known(keys, args)
  local now = now_ms()
  local function since(key, member, life)
    local score = redis.call('ZSCORE', key, member)
    return score and tonumber(score) + tonumber(life) > now and 1 or 0
  end
  return { since(keys[1], args[1], args[3]), since(keys[2], args[2], args[4]), since(keys[3], args[2], args[4]) }
end

-- KEYS: users, networks, and the networks of this user unless they stay as they are. ARGV: as those of `known`, then most
-- networks of the tenant and of a user.
local function remember(keys, args)
  local now = now_ms()
  local function add(key, member, life)
    redis.call('ZADD', key, now, member)
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - tonumber(life))
  end
  add(keys[1], args[1], args[3])
  add(keys[2], args[2], args[4])
  redis.call('ZREMRANGEBYRANK', keys[2], 0, -tonumber(args[5]) - 1)
  if keys[3] then
    add(keys[3], args[2], args[4])
    redis.call('ZREMRANGEBYRANK', keys[3], 0, -tonumber(args[6]) - 1)
    redis.call('PEXPIRE', keys[3], args[4])
  end
  return 1
end

-- Replies the limits that refuse now, each with the time (epoch ms) at which it allows more.
local function engaged(keys)
  return redis.call('ZRANGEBYSCORE', keys[1], now_ms(), '+inf', 'WITHSCORES')
end

redis.register_function('latchkey_limits_known', known)
redis.register_function('latchkey_limits_remember', remember)
redis.register_function('latchkey_limits_engaged', engaged)
redis.register_function('latchkey_limits_code_sent', code_sent)
redis.register_function('latchkey_limits_code_used', code_used)
redis.register_function('latchkey_limits_code_breaker', code_breaker)
redis.register_function('latchkey_limits_take', take)
redis.register_function('latchkey_limits_count', count)
