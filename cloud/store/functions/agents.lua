#!lua name=latchkey_agents
--[[
States of an agent and of its enrolment token, and the sources of a tenant. These functions are the only writers of all three.

  token   open ──► used | revoked          (an open token also expires, by time alone)
  agent   pending ──► approved ──► revoked | locked,  pending ──► revoked | locked

A source is one directory of a tenant. Each agent states the key of its directory (`directoryKey`); at its approval it is bound to
the source with that key (`source`, `sourceKey`). The key of a source never changes, and its number is not used again.

All times come from Redis (TIME), never from a node or an agent. Each reply is a list whose first item names the result; it is
`missing` when the record does not exist.
]]

local WEEK_MS = 7 * 24 * 3600 * 1000
local SWAP_WINDOW_MS = 10 * 60 * 1000
-- Time in which an agent must be approved. sync/2-runs.lua has the same number.
local APPROVAL_WITHIN_MS = 24 * 3600 * 1000

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
-- Formats a number with all its digits: tostring() would print a large one as 1.7e+12.
local function text(number)
  return string.format('%.0f', number)
end

-- Creates an enrolment token. Its record stays for one week after the token has expired.
-- KEYS: token, tokens. ARGV: token id, lifetime in ms, then fields and values of the record. Replies {'ok'}.
local function token_create(keys, args)
  local now = now_ms()
  local expires = now + tonumber(args[2])
  redis.call('HSET', keys[1], 'state', 'open', 'createdAt', text(now), 'expiresAt', text(expires))
  redis.call('HSET', keys[1], unpack(args, 3))
  redis.call('PEXPIREAT', keys[1], text(expires + WEEK_MS))
  redis.call('ZADD', keys[2], text(now), args[1])
  redis.call('ZREMRANGEBYSCORE', keys[2], '-inf', text(now - 2 * WEEK_MS))
  return { 'ok' }
end

-- Revokes an open token; a used token stays used.
-- KEYS: token. Replies {'ok'} or {'missing'}.
local function token_revoke(keys)
  local state = redis.call('HGET', keys[1], 'state')
  if not state then
    return { 'missing' }
  end
  if state == 'open' then
    redis.call('HSET', keys[1], 'state', 'revoked')
  end
  return { 'ok' }
end

-- Uses up the token and creates the agent, in one step. For a limited time the same agent with the same key gets its
-- reply again, because the first reply may have been lost.
-- KEYS: token, agent, agents. ARGV: agent id, identity key, time allowed for repeats in ms, then fields and values of
-- the agent.
-- Replies {'ok' | 'again', state of the agent} or {'missing' | 'used' | 'expired' | 'taken'}; a revoked token counts as
-- used.
local function enroll(keys, args)
  local token, agent = keys[1], keys[2]
  local agent_id, identity_key = args[1], args[2]
  local state, expires, used_key, used_agent, used_at =
    unpack(redis.call('HMGET', token, 'state', 'expiresAt', 'identityKey', 'agentId', 'usedAt'))
  local now = now_ms()
  if not state then
    return { 'missing' }
  end
  if state == 'used' then
    local same = used_key == identity_key and used_agent == agent_id
    if same and now - tonumber(used_at) <= tonumber(args[3]) then
      return { 'again', redis.call('HGET', agent, 'state') or 'pending' }
    end
    return { 'used' }
  end
  if state ~= 'open' then
    return { 'used' }
  end
  if now > tonumber(expires) then
    return { 'expired' }
  end
  if redis.call('EXISTS', agent) == 1 then
    return { 'taken' }
  end
  redis.call('HSET', token, 'state', 'used', 'identityKey', identity_key, 'agentId', agent_id, 'usedAt', text(now))
  redis.call('HSET', agent, 'state', 'pending', 'generation', '0', 'confirmed', '1', 'enrolledAt', text(now))
  redis.call('HSET', agent, unpack(args, 4))
  redis.call('ZADD', keys[3], text(now), agent_id)
  return { 'ok', 'pending' }
end

-- ---- Sources ------------------------------------------------------------------------------------------------------

-- Returns the numbers of the sources, as a list of texts.
local function numbers_of(sources)
  local numbers = {}
  for number in string.gmatch(redis.call('HGET', sources, 'numbers') or '', '%d+') do table.insert(numbers, number) end
  return numbers
end

-- Returns the number of the first source with this value in a field, or nil.
local function source_with(sources, field, value)
  for _, number in ipairs(numbers_of(sources)) do
    if redis.call('HGET', sources, number .. ':' .. field) == value then return number end
  end
  return nil
end

-- Makes a source. A name that was not given is the directory's own, with a number when two directories have the same.
local function make_source(sources, key, name, is_given, identity, actor)
  local unique, suffix = name, 1
  while source_with(sources, 'name', unique) do
    if is_given then return nil end
    suffix = suffix + 1
    unique = name .. ' (' .. suffix .. ')'
  end
  local number = text(redis.call('HINCRBY', sources, 'last', 1))
  local numbers = numbers_of(sources)
  table.insert(numbers, number)
  redis.call('HSET', sources, 'numbers', table.concat(numbers, ' '), number .. ':name', unique, number .. ':key', key,
    number .. ':identity', identity, number .. ':createdAt', text(now_ms()), number .. ':createdBy', actor)
  return number
end

-- Finds or makes the source of the directory that an agent states. `new_name`: name of a source to make for a directory that
-- the tenant does not have; '*' for the directory's own name, '' to make none unless it is the first. Returns the number and
-- the key, or nil and the reason: 'unstated' | 'other' | 'taken'.
local function source_for(agent, sources, new_name, actor)
  local key, name, identity = unpack(redis.call('HMGET', agent, 'directoryKey', 'directoryName', 'identity'))
  if not key then return nil, 'unstated' end
  local number = source_with(sources, 'key', key)
  if number then return number, key end
  if new_name == '' and #numbers_of(sources) > 0 then return nil, 'other' end
  local is_given = new_name ~= '' and new_name ~= '*'
  number = make_source(sources, key, is_given and new_name or name, is_given, identity, actor)
  if not number then return nil, 'taken' end
  return number, key
end

-- Renames a source.
-- KEYS: sources. ARGV: number, name. Replies {'ok' | 'missing' | 'taken'}.
local function source_rename(keys, args)
  if not redis.call('HGET', keys[1], args[1] .. ':name') then return { 'missing' } end
  local other = source_with(keys[1], 'name', args[2])
  if other and other ~= args[1] then return { 'taken' } end
  redis.call('HSET', keys[1], args[1] .. ':name', args[2])
  return { 'ok' }
end

-- Deletes a source that has neither users nor an approved agent.
-- KEYS: sources, the source's sync hash, approved agents, prefix of agent records, the source's rejected entries. ARGV: number.
-- Replies {'ok' | 'users' | 'agents'}.
local function source_delete(keys, args)
  if (tonumber(redis.call('HGET', keys[2], 'users')) or 0) > 0 then return { 'users' } end
  for _, id in ipairs(redis.call('SMEMBERS', keys[3])) do
    if redis.call('HGET', keys[4] .. id, 'source') == args[1] then return { 'agents' } end
  end
  local left = {}
  for _, number in ipairs(numbers_of(keys[1])) do
    if number ~= args[1] then table.insert(left, number) end
  end
  redis.call('HSET', keys[1], 'numbers', table.concat(left, ' '))
  for _, field in ipairs({ 'name', 'key', 'identity', 'createdAt', 'createdBy', 'removal' }) do
    redis.call('HDEL', keys[1], args[1] .. ':' .. field)
  end
  redis.call('UNLINK', keys[2], keys[5])
  return { 'ok' }
end

-- ---- Agents -------------------------------------------------------------------------------------------------------

-- Remembers for good that the tenant had an approved agent: from then on no agent writes before its approval.
local function note_approved(sources) redis.call('HSET', sources, 'approvedOnce', '1') end

local function is_lapsed(state, enrolled) return state == 'pending' and now_ms() > tonumber(enrolled) + APPROVAL_WITHIN_MS end

-- Ends an agent for good: revoked or locked. Its last data may be wrong, for example if its key was stolen, so the next run of its
-- source reads all users. `sync`: the sync hash of any source.
local function end_agent(agent, id, state, actor, approved, sources, sync)
  local before, source = unpack(redis.call('HMGET', agent, 'state', 'source'))
  if before == 'approved' then note_approved(sources) end
  redis.call('SREM', approved, id)
  redis.call('HSET', agent, 'state', state, 'decidedAt', text(now_ms()), 'decidedBy', actor)
  if source then
    redis.call('HDEL', string.sub(sync, 1, -5) .. string.format('%04d', source), 'cursor', 'cursorAgent', 'scope')
  end
end

-- Counts the approved agents of a source. A password is sealed to each of them.
local function agents_of(approved, prefix, source)
  local count = 0
  for _, id in ipairs(redis.call('SMEMBERS', approved)) do
    if redis.call('HGET', prefix .. id, 'source') == source then count = count + 1 end
  end
  return count
end

-- Approves a pending agent if the fingerprint matches and the limit of approved agents of its source is not reached, and
-- binds it to the source of its directory. An approved agent that serves another directory by now is bound anew.
-- KEYS: agent, approved agents, sources, prefix of agent records. ARGV: agent id, fingerprint, actor (`key:<id>`), maximum
-- number of approved agents, name of a new source (see source_for).
-- Replies {'ok' | 'already' | 'missing' | 'mismatch' | 'limit' | 'revoked' | 'locked' | 'lapsed' | 'unstated' | 'other' | 'taken'}.
local function approve(keys, args)
  local state, fingerprint, bound, stated, enrolled =
    unpack(redis.call('HMGET', keys[1], 'state', 'fingerprint', 'sourceKey', 'directoryKey', 'enrolledAt'))
  if not state then
    return { 'missing' }
  end
  if state == 'revoked' or state == 'locked' then
    return { state }
  end
  if is_lapsed(state, enrolled) then
    return { 'lapsed' }
  end
  if fingerprint ~= args[2] then
    return { 'mismatch' }
  end
  if state == 'approved' and bound and bound == stated then
    return { 'already' }
  end
  local known = stated and source_with(keys[3], 'key', stated)
  if known and agents_of(keys[2], keys[4], known) >= tonumber(args[4]) then
    return { 'limit' }
  end
  local source, key = source_for(keys[1], keys[3], args[5], args[3])
  if not source then
    return { key }
  end
  redis.call('SADD', keys[2], args[1])
  note_approved(keys[3])
  redis.call('HSET', keys[1], 'state', 'approved', 'decidedAt', text(now_ms()), 'decidedBy', args[3],
    'source', source, 'sourceKey', key)
  return { 'ok' }
end

-- Revokes an agent in any state, a locked one included.
-- KEYS: agent, approved agents, sources, the sync hash of any source. ARGV: agent id, actor (`key:<id>`).
-- Replies {'ok' | 'already' | 'missing'}.
local function revoke(keys, args)
  local state = redis.call('HGET', keys[1], 'state')
  if not state then
    return { 'missing' }
  end
  if state == 'revoked' then
    return { 'already' }
  end
  end_agent(keys[1], args[1], 'revoked', args[2], keys[2], keys[3], keys[4])
  return { 'ok' }
end

-- Opens a session for an agent whose proof the caller has verified. Uses up the nonce and checks the generation. An
-- agent presents the last generation it has on disk. One less than the stored generation is legitimate only while the
-- agent has not confirmed the stored one (the welcome was lost); the agent then gets the same generation again. Any
-- lower one shows a copy of an old state, so the agent is locked. A higher one means that this store was restored from
-- a backup, so the agent's value is taken.
-- An agent that was not approved in time is revoked.
-- KEYS: agent, nonce, approved agents, swaps, sources, the sync hash of any source. ARGV: agent id, lifetime of the nonce in ms,
-- presented generation, session, node.
-- Replies {'ok', new generation, state, previous node, previous session, swaps in ten minutes} or
-- {'missing' | 'replayed' | 'revoked' | 'locked' | 'lapsed' | 'copy'}.
local function connect(keys, args)
  local agent = keys[1]
  local state, generation, confirmed, session, node, enrolled =
    unpack(redis.call('HMGET', agent, 'state', 'generation', 'confirmed', 'sessionId', 'node', 'enrolledAt'))
  if not state then
    return { 'missing' }
  end
  if not redis.call('SET', keys[2], '1', 'NX', 'PX', args[2]) then
    return { 'replayed' }
  end
  if state == 'revoked' or state == 'locked' then
    return { state }
  end
  local function finish(word) end_agent(agent, args[1], word, 'system', keys[3], keys[5], keys[6]) end
  if is_lapsed(state, enrolled) then
    finish('revoked')
    return { 'lapsed' }
  end

  local now = now_ms()
  local presented, stored = tonumber(args[3]), tonumber(generation)
  local repeated = presented == stored - 1 and confirmed == '0'
  if presented < stored and not repeated then
    finish('locked')
    return { 'copy' }
  end

  local swaps = 0
  if session and session ~= '' then
    redis.call('ZADD', keys[4], text(now), args[4])
    redis.call('ZREMRANGEBYSCORE', keys[4], '-inf', text(now - SWAP_WINDOW_MS))
    redis.call('PEXPIRE', keys[4], SWAP_WINDOW_MS)
    swaps = redis.call('ZCARD', keys[4])
  end
  local given = presented + 1
  redis.call('HSET', agent, 'generation', text(given), 'confirmed', '0', 'sessionId', args[4], 'node', args[5])
  return { 'ok', given, state, node or '', session or '', swaps }
end

-- Confirms that the agent has its new generation on disk, and stores the facts the agent reports about itself. An approved
-- agent without a source, from an earlier version, is bound if its directory is the tenant's first or a known one.
-- KEYS: agent, sources. ARGV: session, then fields and values of those facts. Replies {state of the agent, source or '',
-- key of the source or ''}, or {'superseded', '', ''} when another session has replaced this one.
local function ready(keys, args)
  local state, session = unpack(redis.call('HMGET', keys[1], 'state', 'sessionId'))
  if session ~= args[1] then
    return { 'superseded', '', '' }
  end
  redis.call('HSET', keys[1], 'confirmed', '1', 'lastSeenAt', text(now_ms()))
  redis.call('HSET', keys[1], unpack(args, 2))
  if state == 'approved' and redis.call('HEXISTS', keys[1], 'source') == 0 then
    local source, key = source_for(keys[1], keys[2], '', 'system')
    if source then redis.call('HSET', keys[1], 'source', source, 'sourceKey', key) end
  end
  local source, key = unpack(redis.call('HMGET', keys[1], 'source', 'sourceKey'))
  return { state, source or '', key or '' }
end

-- Binds the first agent of a tenant to its source before it is approved, so that it may sync. Only into a tenant without
-- another source that never had an approved agent.
-- KEYS: agent, sources, approved agents. ARGV: agent id. Replies {'ok', source, key} or {'refused' | 'unstated', '', ''}.
local function bind_pending(keys, args)
  local actor = 'agent:' .. args[1]
  local key = redis.call('HGET', keys[1], 'directoryKey')
  if not key then return { 'unstated', '', '' } end
  local known = source_with(keys[2], 'key', key)
  local is_own = known and redis.call('HGET', keys[2], known .. ':createdBy') == actor
  local is_first = #numbers_of(keys[2]) == 0 or (is_own and #numbers_of(keys[2]) == 1)
  local had_approved = redis.call('HEXISTS', keys[2], 'approvedOnce') == 1 or redis.call('SCARD', keys[3]) > 0
  local state, enrolled = unpack(redis.call('HMGET', keys[1], 'state', 'enrolledAt'))
  if state ~= 'pending' or is_lapsed(state, enrolled) or had_approved or not is_first then
    return { 'refused', '', '' }
  end
  local source = source_for(keys[1], keys[2], '', actor)
  redis.call('HSET', keys[1], 'source', source, 'sourceKey', key)
  return { 'ok', source, key }
end

-- Ends a session: removes its entry from the presence, and its session and node from the agent's record. Each is left
-- alone when it already belongs to another session.
-- KEYS: agent, presence. ARGV: session, agent id, the session's entry in the presence. Replies {'ok' | 'superseded'}.
local function disconnect(keys, args)
  if redis.call('HGET', keys[2], args[2]) == args[3] then
    redis.call('HDEL', keys[2], args[2])
  end
  if redis.call('HGET', keys[1], 'sessionId') ~= args[1] then
    return { 'superseded' }
  end
  redis.call('HSET', keys[1], 'sessionId', '', 'node', '', 'lastSeenAt', text(now_ms()))
  return { 'ok' }
end

-- Lists the agents of a source that passwords are sealed to: approved agents with writeback enabled that last stated the
-- source's own directory. The agent's record decides; the set only saves reading all records.
-- KEYS: approved agents, prefix of agent records. ARGV: source. Replies one flat list: id, identity key and sealing keys of
-- each agent.
local function recipients(keys, args)
  local answer = {}
  for _, id in ipairs(redis.call('SMEMBERS', keys[1])) do
    local state, writes_back, identity, sealing, source, key, stated = unpack(redis.call('HMGET', keys[2] .. id, 'state',
      'writebackEnabled', 'identityKey', 'sealingKeys', 'source', 'sourceKey', 'directoryKey'))
    if state == 'approved' and writes_back == 'true' and source == args[1] and key == stated then
      for _, value in ipairs({ id, identity or '', sealing or '' }) do
        table.insert(answer, value)
      end
    end
  end
  return answer
end

redis.register_function('latchkey_token_create', token_create)
redis.register_function('latchkey_token_revoke', token_revoke)
redis.register_function('latchkey_agent_enroll', enroll)
redis.register_function('latchkey_agent_approve', approve)
redis.register_function('latchkey_agent_revoke', revoke)
redis.register_function('latchkey_agent_connect', connect)
redis.register_function('latchkey_agent_ready', ready)
redis.register_function('latchkey_agent_disconnect', disconnect)
redis.register_function('latchkey_agent_bind_pending', bind_pending)
redis.register_function('latchkey_source_rename', source_rename)
redis.register_function('latchkey_source_delete', source_delete)
redis.register_function({ function_name = 'latchkey_agent_recipients', callback = recipients, flags = { 'no-writes' } })
