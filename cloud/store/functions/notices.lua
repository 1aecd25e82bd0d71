#!lua name=latchkey_notices

-- Notices that wait to be delivered: a stream that the nodes read as one group, each under a name of its own (its reader), and a
-- set of those to try again later. A reader's entries are its own while its lease lasts. Time is that of Redis.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Stores notices, and gives the reader who brings them up to `room` to deliver: nobody has to be woken for those.
-- KEYS: stream. ARGV: group, reader, room, notice, ... Answers as XREADGROUP.
local function add(keys, args)
  for i = 4, #args do redis.call('XADD', keys[1], '*', 'notice', args[i]) end
  if args[3] == '0' then return {} end
  -- They are stored: what is wrong with the group is for its readers to mend.
  local reply = redis.pcall('XREADGROUP', 'GROUP', args[1], args[2], 'COUNT', args[3], 'STREAMS', keys[1], '>')
  if not reply or reply.err then return {} end
  return reply
end

-- KEYS: stream. ARGV: group, entry id.
local function done(keys, args)
  redis.call('XACK', keys[1], args[1], args[2])
  return redis.call('XDEL', keys[1], args[2])
end

-- Takes a notice out of the stream until it is due, unless another reader has taken it over.
-- KEYS: stream, later. ARGV: group, reader, entry id, due, the notice.
local function defer(keys, args)
  local own = redis.call('XPENDING', keys[1], args[1], args[3], args[3], 1, args[2])
  if #own == 0 then return 0 end
  redis.call('ZADD', keys[2], args[4], args[5])
  redis.call('XACK', keys[1], args[1], args[3])
  redis.call('XDEL', keys[1], args[3])
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

-- Renews the lease of a reader. Answers 0 when it had none, or it had run out.
-- KEYS: readers. ARGV: reader, lease ms.
local function hold(keys, args)
  local now = now_ms()
  local ends = redis.call('ZSCORE', keys[1], args[1])
  redis.call('ZADD', keys[1], now + tonumber(args[2]), args[1])
  return ends and tonumber(ends) > now and 1 or 0
end

-- Gives a reader the entries of others whose lease has run out, and forgets those who have none left. Also its own that it took
-- longer ago: the answer that brought them may have been lost.
-- KEYS: stream, readers. ARGV: group, reader, most, idle ms of its own. Answers as XCLAIM.
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
