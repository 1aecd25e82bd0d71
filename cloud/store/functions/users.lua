#!lua name=latchkey_users

-- Finds the users with each of some names: looks the names up in the index and reads the records in the same call. When a name is
-- unknown, a decoy id is read instead, so that a known and an unknown name need the same work.
-- KEYS: the index of names, the prefix of the user buckets (without their three digits).
-- ARGV: maximum number of users of a name, decoy id, then start and end of the range of each name in the index. Replies for each
-- name {id, record or false, id, record or false, …}.
local function find(keys, args)
  local replies = {}
  for at = 3, #args, 2 do
    local members = redis.call('ZRANGE', keys[1], args[at], args[at + 1], 'BYLEX', 'LIMIT', '0', args[1])
    local reply = {}
    if #members == 0 then members = { args[2] } end
    for _, member in ipairs(members) do
      local id = string.sub(member, -32)
      reply[#reply + 1] = id
      reply[#reply + 1] = redis.call('HGET', keys[2] .. string.sub(id, 1, 3), id)
    end
    replies[#replies + 1] = reply
  end
  return replies
end

-- Finds the source of a user. The list of sources is read for every id, so that a known and an unknown id need the same work.
-- KEYS: the prefix of the user buckets, the sources. ARGV: id. Replies {the user's value or false, numbers of all sources}.
local function source(keys, args)
  local value = redis.call('HGET', keys[1] .. string.sub(args[1], 1, 3), args[1])
  return { value, redis.call('HGET', keys[2], 'numbers') or '' }
end

redis.register_function { function_name = 'latchkey_user_source', callback = source, flags = { 'no-writes' } }
redis.register_function { function_name = 'latchkey_user_find', callback = find, flags = { 'no-writes' } }
