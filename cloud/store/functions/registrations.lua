#!lua name=latchkey_registrations

-- Records of the registration portal. A value is `<version>\n<JSON>`; version 0 is that of a record which is not there.

local function version_of(key)
  local value = redis.call('GET', key)
  return value and string.match(value, '^%d+') or '0'
end

-- Replaces a registration while it has the version the writer read and its owner is there.
-- KEYS: registration, the bucket of the user. ARGV: user id, expected version, new value → OK | CHANGED | GONE
local function save(keys, args)
  if redis.call('HEXISTS', keys[2], args[1]) == 0 then return 'GONE' end
  if version_of(keys[1]) ~= args[2] then return 'CHANGED' end
  redis.call('SET', keys[1], args[3])
  return 'OK'
end

-- KEYS: session. ARGV: expected version, new value, life in ms → OK | CHANGED
local function save_session(keys, args)
  if version_of(keys[1]) ~= args[1] then return 'CHANGED' end
  redis.call('SET', keys[1], args[2], 'PX', args[3])
  return 'OK'
end

redis.register_function('latchkey_registration_save', save)
redis.register_function('latchkey_registration_session_save', save_session)
