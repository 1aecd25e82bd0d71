#!lua name=latchkey_visits

-- Visits of both portals (resets and registrations). A value is `<revision>\n<MAC>\n<JSON>`; a visit that does not
-- exist has revision 0.

-- Replaces a visit unless another write came in between, or another visit of the same person has ended this one. Each write
-- restarts the time to live.
-- KEYS: visit, the person's epoch (only of a visit that an epoch can end).
-- ARGV: the revision that was read, the new value, its time to live in ms, the epochs that the visit may go on in.
-- Replies 1 when written, otherwise 0.
local function save(keys, args)
  local value = redis.call('GET', keys[1])
  local revision = value and string.match(value, '^%d+') or '0'
  if revision ~= args[1] then return 0 end
  local epoch = keys[2] and redis.call('GET', keys[2])
  if epoch then
    local is_own = false
    for at = 4, #args do is_own = is_own or args[at] == epoch end
    if not is_own then return 0 end
  end
  redis.call('SET', keys[1], args[2], 'PX', args[3])
  return 1
end

redis.register_function('latchkey_visit_save', save)
