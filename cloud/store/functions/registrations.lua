#!lua name=latchkey_registrations

-- Registrations of users. A value is `<version>\n<MAC>\n<JSON>`; a record that does not exist has version 0.

-- Longer than any visit to a portal lasts, so that no visit outlives the epoch that ended it.
local EPOCH_MS = 3600000

-- Replaces a registration if it still has the version the writer read and if its user still exists. A change of the methods
-- begins a new epoch in the same step, which ends the user's other visits (see person-epochs.ts); a visit that has been ended
-- itself changes nothing.
-- KEYS: registration, the user's bucket, the user's epoch, users whose registration owes messages.
-- ARGV: user id, expected version, new value, since when the new value owes messages or '', the epoch to begin or '',
--   'any' or 'own': whether the writer may write in every epoch, the writer's own epochs.
-- Replies OK, CHANGED (another version is stored), GONE (the user does not exist) or the epoch that has ended the writer.
local function save(keys, args)
  if redis.call('HEXISTS', keys[2], args[1]) == 0 then return 'GONE' end
  local value = redis.call('GET', keys[1])
  local version = value and string.match(value, '^%d+') or '0'
  if version ~= args[2] then return 'CHANGED' end
  local epoch = args[6] == 'own' and redis.call('GET', keys[3])
  if epoch then
    local is_own = false
    for at = 7, #args do is_own = is_own or args[at] == epoch end
    if not is_own then return epoch end
  end
  redis.call('SET', keys[1], args[3])
  if args[5] ~= '' then redis.call('SET', keys[3], args[5], 'PX', EPOCH_MS) end
  if args[4] == '' then redis.call('ZREM', keys[4], args[1])
  else redis.call('ZADD', keys[4], args[4], args[1]) end
  return 'OK'
end

-- Takes messages that were sent off what a registration owes, if it still has the version the writer read. Without this, the messages
-- about a user who was deleted meanwhile would be sent again and again: so it needs no user, and the time to live of what is kept of
-- a deleted user stays.
-- KEYS: registration, users whose registration owes messages.
-- ARGV: user id, expected version, new value ('' when there is no registration), since when it owes messages or ''.
-- Replies OK, or CHANGED (another version is stored).
local function cross_off(keys, args)
  local value = redis.call('GET', keys[1])
  local version = value and string.match(value, '^%d+') or '0'
  if version ~= args[2] then return 'CHANGED' end
  if value then redis.call('SET', keys[1], args[3], 'KEEPTTL') end
  if args[4] == '' then redis.call('ZREM', keys[2], args[1])
  else redis.call('ZADD', keys[2], args[4], args[1]) end
  return 'OK'
end

redis.register_function('latchkey_registration_save', save)
redis.register_function('latchkey_registration_cross_off', cross_off)
