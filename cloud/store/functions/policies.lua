#!lua name=latchkey_policies

-- Puts a policy in the place of the one that is expected to be there.
-- keys: policy. args: the version it replaces ('' for any; 0 for none), epoch ms, JSON.
-- Answers the new version, or -1 when another one is in force.
local function apply(keys, args)
  local expected, at, json = args[1], args[2], args[3]
  local version = tonumber(redis.call('HGET', keys[1], 'version') or '0')
  if expected ~= '' and tonumber(expected) ~= version then return -1 end
  redis.call('HSET', keys[1], 'version', version + 1, 'appliedAt', at, 'json', json)
  return version + 1
end

redis.register_function('policy_apply', apply)
