#!lua name=latchkey_policies

-- Replaces the policy in force if it has the expected version.
-- KEYS: policy. ARGV: the version to replace ('' for any, 0 for none), epoch ms, the new policy as JSON.
-- Replies the new version, or -1 when another version is in force.
local function apply(keys, args)
  local expected, at, json = args[1], args[2], args[3]
  local version = tonumber(redis.call('HGET', keys[1], 'version') or '0')
  if expected ~= '' and tonumber(expected) ~= version then return -1 end
  redis.call('HSET', keys[1], 'version', version + 1, 'appliedAt', at, 'json', json)
  return version + 1
end

redis.register_function('policy_apply', apply)
