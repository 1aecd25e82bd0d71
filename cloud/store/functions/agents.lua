#!lua name=latchkey_agents
--[[
States of an agent and of its enrolment token, and the sources of a tenant. These functions are the only writers of all three.

  token   open ──► used | revoked          (an open token also expires, by time alone)
  agent   pending ──► approved ──► revoked | locked,  pending ──► revoked | locked

A source is one directory of a tenant. Each agent states the key of its directory (`directoryKey`); at its approval it is bound to
the source with that key (`source`, `sourceKey`). The key of a source never changes, and its number is not used again.

A node authenticates what decides (`mac`, `enrolment`, `approval`; see agent-proofs.ts), and these functions store it. All times
come from Redis (TIME), some of them by way of a node, never from a node's own clock or an agent. Each reply is a list whose first item names the result; it is
`missing` when the record does not exist.
]]

local WEEK_MS = 7 * 24 * 3600 * 1000
local SWAP_WINDOW_MS = 10 * 60 * 1000
-- Connections of one agent that a crash of Redis may lose: it appends to its file every second, and an agent waits between them.
local MAX_LEAP = 3
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
-- KEYS: token, tokens. ARGV: token id, time of its end, then fields and values of the record. Replies {'ok'}.
local function token_create(keys, args)
  local now, expires = now_ms(), tonumber(args[2])
  redis.call('HSET', keys[1], 'state', 'open', 'createdAt', text(now), 'expiresAt', args[2], unpack(args, 3))
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
-- KEYS: token, agent, agents. ARGV: agent id, identity key, time allowed for repeats in ms, end of the token as the caller has
-- authenticated it, then fields and values of the agent.
-- Replies {'ok' | 'again', state of the agent} or {'missing' | 'used' | 'expired' | 'taken'}; a revoked token counts as
-- used.
local function enroll(keys, args)
  local token, agent = keys[1], keys[2]
  local agent_id, identity_key = args[1], args[2]
  local state, used_key, used_agent, used_at =
    unpack(redis.call('HMGET', token, 'state', 'identityKey', 'agentId', 'usedAt'))
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
  if now > tonumber(args[4]) then
    return { 'expired' }
  end
  if redis.call('EXISTS', agent) == 1 then
    return { 'taken' }
  end
  redis.call('HSET', token, 'state', 'used', 'identityKey', identity_key, 'agentId', agent_id, 'usedAt', text(now))
  redis.call('HSET', agent, 'state', 'pending', 'generation', '0', 'confirmed', '1', unpack(args, 5))
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

-- Reads what a caller has decided about a directory and its source (placeDirectory() in sources.ts), from this argument on.
local function place_of(args, first)
  local number, mac, key, name, identity, actor, created_at = unpack(args, first)
  return { number = number, mac = mac, key = key, name = name, identity = identity, actor = actor, created_at = created_at }
end

-- Tells whether the directory still has the number that the caller has authenticated, and the agent still states it.
local function is_current(sources, agent, place)
  local next_number = text((tonumber(redis.call('HGET', sources, 'last')) or 0) + 1)
  return (source_with(sources, 'key', place.key) or next_number) == place.number
    and redis.call('HGET', agent, 'directoryKey') == place.key
end

-- Makes the source of a directory unless the tenant has it. `new_name`: name for a new source; '*' for the directory's own name, with
-- a number when two directories have the same; '' to make none unless it is the first.
-- Returns nil, or the reason why not: 'other' | 'taken'.
local function ensure_source(sources, place, new_name)
  local numbers = numbers_of(sources)
  if source_with(sources, 'key', place.key) then return nil end
  if new_name == '' and #numbers > 0 then return 'other' end
  local is_given = new_name ~= '' and new_name ~= '*'
  local name = is_given and new_name or place.name
  local unique, suffix = name, 1
  while source_with(sources, 'name', unique) do
    if is_given then return 'taken' end
    suffix = suffix + 1
    unique = name .. ' (' .. suffix .. ')'
  end
  local number = place.number
  table.insert(numbers, number)
  redis.call('HSET', sources, 'last', number, 'numbers', table.concat(numbers, ' '), number .. ':name', unique,
    number .. ':key', place.key, number .. ':identity', place.identity, number .. ':createdAt', place.created_at,
    number .. ':createdBy', place.actor, number .. ':mac', place.mac)
  return nil
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
  for _, field in ipairs({ 'name', 'key', 'identity', 'createdAt', 'createdBy', 'mac', 'removal' }) do
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
  redis.call('HDEL', agent, 'approval', 'ahead')
  if source then
    redis.call('HDEL', string.sub(sync, 1, -5) .. string.format('%04d', source), 'cursor', 'cursorAgent', 'scope')
  end
end

-- Counts the other approved agents of a source. A password is sealed to each of them.
local function others_of(approved, prefix, source, agent)
  local count = 0
  for _, id in ipairs(redis.call('SMEMBERS', approved)) do
    if id ~= agent and redis.call('HGET', prefix .. id, 'source') == source then count = count + 1 end
  end
  return count
end

-- Approves an agent and binds it to the source of its directory. The caller has checked its fingerprint and decided by its record;
-- nothing happens if the record or the sources have changed since.
-- KEYS: agent, approved agents, sources, prefix of agent records. ARGV: agent id, its state and its approval as read, a new enrolment
-- ('' to keep it), the new approval, its time, maximum number of approved agents of a source, name of a new source (see
-- ensure_source), the agent's generation ('' to keep it), the directory's place (see place_of).
-- Replies {'ok' | 'changed' | 'limit' | 'other' | 'taken'}.
local function approve(keys, args)
  local agent, sources = keys[1], keys[3]
  local id, state, approval, enrolment = args[1], args[2], args[3], args[4]
  local place = place_of(args, 10)
  local found = redis.call('HMGET', agent, 'state', 'approval')
  if found[1] ~= state or (found[2] or '') ~= approval or not is_current(sources, agent, place) then
    return { 'changed' }
  end
  if others_of(keys[2], keys[4], place.number, id) >= tonumber(args[7]) then
    return { 'limit' }
  end
  local refused = ensure_source(sources, place, args[8])
  if refused then
    return { refused }
  end
  redis.call('SADD', keys[2], id)
  note_approved(sources)
  if enrolment ~= '' then redis.call('HSET', agent, 'enrolment', enrolment, 'first', '') end
  redis.call('HSET', agent, 'state', 'approved', 'approval', args[5], 'decidedAt', args[6], 'decidedBy', place.actor,
    'source', place.number, 'sourceKey', place.key)
  if args[9] ~= '' then
    redis.call('HSET', agent, 'generation', args[9], 'confirmed', '1')
    redis.call('HDEL', agent, 'ahead')
  end
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
-- lower one shows a copy of an old state, so the agent is locked. One that is a little higher means that this store lost its last
-- writes; the agent's value is taken. One that is far higher means that this store was restored from a backup, or that a copy
-- guesses: an administrator decides. An honest agent presents the same value until then, so another value locks the agent.
-- An agent that was not approved in time is revoked.
-- KEYS: agent, nonce, approved agents, swaps, sources, the sync hash of any source. ARGV: agent id, lifetime of the nonce in ms,
-- presented generation, session, node.
-- Replies {'ok', new generation, previous node, previous session, swaps in ten minutes} or
-- {'missing' | 'replayed' | 'revoked' | 'locked' | 'lapsed' | 'ahead' | 'copy'}.
local function connect(keys, args)
  local agent = keys[1]
  local state, generation, confirmed, session, node, enrolled, ahead =
    unpack(redis.call('HMGET', agent, 'state', 'generation', 'confirmed', 'sessionId', 'node', 'enrolledAt', 'ahead'))
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
  local is_ahead = presented > stored + MAX_LEAP
  if (presented < stored and not repeated) or (is_ahead and ahead and ahead ~= text(presented)) then
    finish('locked')
    return { 'copy' }
  end
  if is_ahead then
    redis.call('HSET', agent, 'ahead', text(presented))
    return { 'ahead' }
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
  return { 'ok', given, node or '', session or '', swaps }
end

-- Confirms that the agent has its new generation on disk, and stores the facts the agent reports about itself.
-- KEYS: agent. ARGV: session, then fields and values of those facts. Replies {'ok'}, or {'superseded'} when another session has
-- replaced this one.
local function ready(keys, args)
  if redis.call('HGET', keys[1], 'sessionId') ~= args[1] then
    return { 'superseded' }
  end
  redis.call('HSET', keys[1], 'confirmed', '1', 'lastSeenAt', text(now_ms()), unpack(args, 2))
  return { 'ok' }
end

-- Binds the first agent of a tenant to its source before it is approved, so that it may sync. Only into a tenant without
-- another source that never had an approved agent.
-- KEYS: agent, sources, approved agents. ARGV: the directory's place (see place_of). Replies {'ok' | 'refused' | 'changed'}.
local function bind_pending(keys, args)
  local place = place_of(args, 1)
  local numbers = numbers_of(keys[2])
  local is_own = #numbers == 1 and redis.call('HGET', keys[2], numbers[1] .. ':createdBy') == place.actor
  local had_approved = redis.call('HEXISTS', keys[2], 'approvedOnce') == 1 or redis.call('SCARD', keys[3]) > 0
  local state, enrolled = unpack(redis.call('HMGET', keys[1], 'state', 'enrolledAt'))
  if state ~= 'pending' or is_lapsed(state, enrolled) or had_approved or not (#numbers == 0 or is_own) then
    return { 'refused' }
  end
  if not is_current(keys[2], keys[1], place) then return { 'changed' } end
  local refused = ensure_source(keys[2], place, '')
  if refused then return { 'refused' } end
  redis.call('HSET', keys[1], 'source', place.number, 'sourceKey', place.key)
  return { 'ok' }
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
-- KEYS: approved agents, prefix of agent records. ARGV: source. Replies one flat list: id, identity key, sealing keys, key of the
-- source, time and actor of the approval, and its MAC, of each agent.
local function recipients(keys, args)
  local answer = {}
  for _, id in ipairs(redis.call('SMEMBERS', keys[1])) do
    local state, writes_back, identity, sealing, source, key, stated, decided_at, decided_by, approval =
      unpack(redis.call('HMGET', keys[2] .. id, 'state', 'writebackEnabled', 'identityKey', 'sealingKeys', 'source',
        'sourceKey', 'directoryKey', 'decidedAt', 'decidedBy', 'approval'))
    if state == 'approved' and writes_back == 'true' and source == args[1] and key == stated then
      for _, value in ipairs({ id, identity or '', sealing or '', key, decided_at or '', decided_by or '', approval or '' }) do
        table.insert(answer, value)
      end
    end
  end
  return answer
end

-- Stores MACs of an agent that has not changed since the caller read it.
-- KEYS: agent. ARGV: its state and its approval as read, then fields and MACs. Replies {'ok' | 'changed'}.
local function seal(keys, args)
  local found = redis.call('HMGET', keys[1], 'state', 'approval')
  if found[1] ~= args[1] or (found[2] or '') ~= args[2] then return { 'changed' } end
  redis.call('HSET', keys[1], unpack(args, 3))
  return { 'ok' }
end

redis.register_function('latchkey_token_create', token_create)
redis.register_function('latchkey_token_revoke', token_revoke)
redis.register_function('latchkey_agent_enroll', enroll)
redis.register_function('latchkey_agent_approve', approve)
redis.register_function('latchkey_agent_seal', seal)
redis.register_function('latchkey_agent_revoke', revoke)
redis.register_function('latchkey_agent_connect', connect)
redis.register_function('latchkey_agent_ready', ready)
redis.register_function('latchkey_agent_disconnect', disconnect)
redis.register_function('latchkey_agent_bind_pending', bind_pending)
redis.register_function('latchkey_source_rename', source_rename)
redis.register_function('latchkey_source_delete', source_delete)
redis.register_function({ function_name = 'latchkey_agent_recipients', callback = recipients, flags = { 'no-writes' } })
