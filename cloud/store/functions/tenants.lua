#!lua name=latchkey_tenants

-- Saves a tenant and updates the index of domains in one step, so that each domain always leads to exactly one tenant.
-- KEYS: tenants, domains. ARGV: id, the text to replace ('' for a new tenant), the new text, then its domains.
-- Replies {'OK'}, {'CHANGED'} (another text is stored) or {'TAKEN', domain}.
local function save(keys, args)
  local tenants, domains = keys[1], keys[2]
  local id, expected, text = args[1], args[2], args[3]

  local stored = redis.call('HGET', tenants, id) or ''
  if stored ~= expected then return { 'CHANGED' } end
  for i = 4, #args do
    local owner = redis.call('HGET', domains, args[i])
    if owner and owner ~= id then return { 'TAKEN', args[i] } end
  end

  if stored ~= '' then
    -- The stored text begins with its MAC and a line feed.
    for _, domain in ipairs(cjson.decode(string.match(stored, '\n(.*)')).domains) do redis.call('HDEL', domains, domain) end
  end
  for i = 4, #args do redis.call('HSET', domains, args[i], id) end
  redis.call('HSET', tenants, id, text)
  return { 'OK' }
end

redis.register_function('tenant_save', save)
