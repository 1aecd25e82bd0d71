#!lua name=latchkey_records

-- Replaces one value of a record if it is still the one that was read. A record that has a time to live keeps it, and one that is gone
-- stays gone: a new one would have none.
-- KEYS: record. ARGV: field of a hash, or '' for a string; the value to replace ('' for an absent field); the new value; further
--   fields of the hash to set with it, each followed by its value.
-- Replies 1 when it was written, otherwise 0.
local function swap(keys, args)
  local key, field, expected, value = keys[1], args[1], args[2], args[3]
  if field == '' then
    if redis.call('GET', key) ~= expected then return 0 end
    redis.call('SET', key, value, 'KEEPTTL')
  else
    if redis.call('EXISTS', key) == 0 or (redis.call('HGET', key, field) or '') ~= expected then return 0 end
    redis.call('HSET', key, field, value, unpack(args, 4))
  end
  return 1
end

redis.register_function('latchkey_record_swap', swap)
