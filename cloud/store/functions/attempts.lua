#!lua name=latchkey_attempts

-- Attempts at the reset portal: a value is `<revision>\n<JSON>`; revision 0 is that of an attempt which is not there.

-- KEYS: attempt. ARGV: the revision that was read, the new value, its life in ms. Answers 1 when written.
local function save(keys, args)
  local value = redis.call('GET', keys[1])
  local revision = value and string.match(value, '^%d+') or '0'
  if revision ~= args[1] then return 0 end
  redis.call('SET', keys[1], args[2], 'PX', args[3])
  return 1
end

redis.register_function('latchkey_attempt_save', save)
