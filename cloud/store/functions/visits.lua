#!lua name=latchkey_visits

-- Visits of both portals (resets and registrations). A value is `<revision>\n<JSON>`; a visit that does not exist has
-- revision 0.

-- Replaces a visit unless another write came in between. Each write restarts the time to live.
-- KEYS: visit. ARGV: the revision that was read, the new value, its time to live in ms. Replies 1 when written, otherwise 0.
local function save(keys, args)
  local value = redis.call('GET', keys[1])
  local revision = value and string.match(value, '^%d+') or '0'
  if revision ~= args[1] then return 0 end
  redis.call('SET', keys[1], args[2], 'PX', args[3])
  return 1
end

redis.register_function('latchkey_visit_save', save)
