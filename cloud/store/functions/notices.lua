#!lua name=latchkey_notices

-- Notices that wait to be delivered: a stream, which the nodes read as one consumer group, and a set of notices to
-- retry later. Each node reads under its own consumer name (the reader). Entries that a reader has taken stay with it
-- while its lease lasts. All times come from Redis.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Stores notices, and gives the calling reader up to `room` of them to deliver, which saves waking another reader.
-- KEYS: stream. ARGV: group, reader, room, then the notices. Replies as XREADGROUP does.
local function add(keys, args)
  for i = 4, #args do redis.call('XADD', keys[1], '*', 'notice', args[i]) end
  if args[3] == '0' then return {} end
  -- The notices are already stored, so an error of the group must not fail this call. The readers repair the group.
  local reply = redis.pcall('XREADGROUP', 'GROUP', args[1], args[2], 'COUNT', args[3], 'STREAMS', keys[1], '>')
  if not reply or reply.err then return {} end
  return reply
end

-- Acknowledges and deletes an entry.
-- KEYS: stream. ARGV: group, entry id. Replies how many entries were deleted (0 or 1).
local function done(keys, args)
  redis.call('XACK', keys[1], args[1], args[2])
  return redis.call('XDEL', keys[1], args[2])
end

-- Moves a notice from the stream to the set of later notices, unless another reader has taken it over.
-- KEYS: stream, later. ARGV: group, reader, entry id, due time (epoch ms), the notice. Replies 1 when it was moved,
-- otherwise 0.
local function defer(keys, args)
  local own = redis.call('XPENDING', keys[1], args[1], args[3], args[3], 1, args[2])
  if #own == 0 then return 0 end
  redis.call('ZADD', keys[2], args[4], args[5])
  redis.call('XACK', keys[1], args[1], args[3])
  redis.call('XDEL', keys[1], args[3])
  return 1
end

-- Moves the notices that are due back into the stream.
-- KEYS: stream, later. ARGV: now (epoch ms), maximum number. Replies how many were moved.
local function due(keys, args)
  local notices = redis.call('ZRANGEBYSCORE', keys[2], '-inf', args[1], 'LIMIT', 0, args[2])
  for _, notice in ipairs(notices) do
    redis.call('XADD', keys[1], '*', 'notice', notice)
    redis.call('ZREM', keys[2], notice)
  end
  return #notices
end

-- Renews the lease of a reader.
-- KEYS: readers. ARGV: reader, lease in ms. Replies 0 when the reader had no lease or its lease had expired, otherwise 1.
local function hold(keys, args)
  local now = now_ms()
  local ends = redis.call('ZSCORE', keys[1], args[1])
  redis.call('ZADD', keys[1], now + tonumber(args[2]), args[1])
  return ends and tonumber(ends) > now and 1 or 0
end

-- Gives a reader the entries of readers whose lease has expired, and removes such readers once they have no entries
-- left. Also returns the reader's own entries that it took some time ago, because the reply that carried them may have
-- been lost.
-- KEYS: stream, readers. ARGV: group, reader, maximum number, minimum idle time of its own entries in ms. Replies as
-- XCLAIM does.
local function take_over(keys, args)
  local now, room, taken = now_ms(), tonumber(args[3]), {}
  local readers = redis.pcall('XINFO', 'CONSUMERS', keys[1], args[1])
  if readers.err then return taken end
  for _, fields in ipairs(readers) do
    local reader = {}
    for i = 1, #fields, 2 do reader[fields[i]] = fields[i + 1] end
    local is_own = reader.name == args[2]
    local ends = redis.call('ZSCORE', keys[2], reader.name)
    if is_own or not (ends and tonumber(ends) > now) then
      local ids = {}
      if reader.pending > 0 and room > 0 then
        local idle = is_own and args[4] or 0
        local pending = redis.call('XPENDING', keys[1], args[1], 'IDLE', idle, '-', '+', room, reader.name)
        for i, entry in ipairs(pending) do ids[i] = entry[1] end
      end
      if #ids > 0 then
        for _, entry in ipairs(redis.call('XCLAIM', keys[1], args[1], args[2], 0, unpack(ids))) do table.insert(taken, entry) end
        room = room - #ids
      end
      if not is_own and #ids == reader.pending then
        redis.call('XGROUP', 'DELCONSUMER', keys[1], args[1], reader.name)
        redis.call('ZREM', keys[2], reader.name)
      end
    end
  end
  return taken
end

redis.register_function('latchkey_notice_add', add)
redis.register_function('latchkey_notice_done', done)
redis.register_function('latchkey_notice_defer', defer)
redis.register_function('latchkey_notice_due', due)
redis.register_function('latchkey_notice_hold', hold)
redis.register_function('latchkey_notice_take_over', take_over)
