#!lua name=latchkey_registrations

-- Registrations of users. A value is `<version>\n<JSON>`; a record that does not exist has version 0.

-- Replaces a registration if it still has the version the writer read and if its user still exists.
-- KEYS: registration, the user's bucket. ARGV: user id, expected version, new value.
-- Replies OK, CHANGED (another version is stored) or GONE (the user does not exist).
local function save(keys, args)
  if redis.call('HEXISTS', keys[2], args[1]) == 0 then return 'GONE' end
  local value = redis.call('GET', keys[1])
  local version = value and string.match(value, '^%d+') or '0'
  if version ~= args[2] then return 'CHANGED' end
  redis.call('SET', keys[1], args[3])
  return 'OK'
end

redis.register_function('latchkey_registration_save', save)
