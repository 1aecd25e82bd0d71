#!lua name=latchkey_users

-- Who has this name: an index lookup and the records behind it in one trip.
-- KEYS: the index of names, the buckets of users (without their three digits).
-- ARGV: from, to, how many at most, the id that is read where nobody is found → id, record or false, id, record or false …
local function find(keys, args)
  local members = redis.call('ZRANGE', keys[1], args[1], args[2], 'BYLEX', 'LIMIT', '0', args[3])
  local reply = {}
  if #members == 0 then members = { args[4] } end
  for _, member in ipairs(members) do
    local id = string.sub(member, -32)
    reply[#reply + 1] = id
    reply[#reply + 1] = redis.call('HGET', keys[2] .. string.sub(id, 1, 3), id)
  end
  return reply
end

redis.register_function { function_name = 'latchkey_user_find', callback = find, flags = { 'no-writes' } }
