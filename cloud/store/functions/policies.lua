#!lua name=latchkey_policies

-- Replaces the policy in force if it has the expected version. The node names the new version, because its MAC covers it.
-- KEYS: policy. ARGV: the version to replace (0 for none), the new version, epoch ms, the new policy as JSON, its MAC.
-- Replies 1, or 0 when another version is in force.
local function apply(keys, args)
  local version = redis.call('HGET', keys[1], 'version') or '0'
  if version ~= args[1] then return 0 end
  redis.call('HSET', keys[1], 'version', args[2], 'appliedAt', args[3], 'json', args[4], 'mac', args[5])
  return 1
end

redis.register_function('policy_apply', apply)
