#!lua name=latchkey_audit

-- Appends entries to a chain if its head is still the one they were made for.
-- KEYS: entries, head, seals.
-- ARGV: expected sequence, expected hash ('' for none), then for each entry: text, hash, seal ('' for none).
-- Replies {1, new sequence}, or {0, sequence, hash} of the present head when another node appended first.
local function append(keys, args)
  local entries, head, seals = keys[1], keys[2], keys[3]
  local sequence = tonumber(redis.call('HGET', head, 'sequence') or '0')
  local hash = redis.call('HGET', head, 'hash') or ''
  if sequence ~= tonumber(args[1]) or hash ~= args[2] then
    return { 0, sequence, hash }
  end
  for i = 3, #args, 3 do
    sequence = sequence + 1
    hash = args[i + 1]
    redis.call('XADD', entries, string.format('%.0f-0', sequence), 'entry', args[i], 'hash', hash)
    if args[i + 2] ~= '' then
      redis.call('HSET', seals, string.format('%.0f', sequence), args[i + 2], 'latest', args[i + 2])
    end
  end
  redis.call('HSET', head, 'sequence', string.format('%.0f', sequence), 'hash', hash)
  return { 1, sequence }
end

-- Stores a seal over the head if the chain still has that head.
-- KEYS: head, seals. ARGV: sequence, hash, seal. Replies 1 when it was stored, otherwise 0.
local function seal(keys, args)
  if redis.call('HGET', keys[1], 'sequence') ~= args[1] or redis.call('HGET', keys[1], 'hash') ~= args[2] then
    return 0
  end
  redis.call('HSET', keys[2], 'latest', args[3])
  return 1
end

-- Removes the entries up to a sealed one, and their seals. Does nothing when another node has already trimmed as far or
-- further.
-- KEYS: entries, seals. ARGV: sequence of the last entry to remove, the anchor (JSON) that replaces the removed
-- entries.
-- Replies 1 when it removed them, otherwise 0.
local function trim(keys, args)
  local entries, seals, last = keys[1], keys[2], tonumber(args[1])
  local anchor = redis.call('HGET', seals, 'anchor')
  if anchor and cjson.decode(anchor).sequence >= last then
    return 0
  end
  for _, place in ipairs(redis.call('HKEYS', seals)) do
    local sequence = tonumber(place)
    if sequence and sequence <= last then
      redis.call('HDEL', seals, place)
    end
  end
  redis.call('HSET', seals, 'anchor', args[2])
  redis.call('XTRIM', entries, 'MINID', '=', string.format('%.0f-0', last + 1))
  return 1
end

redis.register_function('latchkey_audit_append', append)
redis.register_function('latchkey_audit_seal', seal)
-- Trimming may also run when Redis is full, because it frees memory.
redis.register_function({ function_name = 'latchkey_audit_trim', callback = trim, flags = { 'allow-oom' } })
