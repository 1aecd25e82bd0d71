#!lua name=latchkey_agents
--[[
States of an agent and of its enrolment token. These functions are the only writers of both records.

  token   open ──► used | revoked          (an open token also expires, by time alone)
  agent   pending ──► approved ──► revoked | locked,  pending ──► revoked | locked

All times come from Redis (TIME), never from a node or an agent. Each reply is a list whose first item names the result; it is
`missing` when the record does not exist.
]]

local WEEK_MS = 7 * 24 * 3600 * 1000
local SWAP_WINDOW_MS = 10 * 60 * 1000

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

-- Approves a pending agent if the fingerprint matches and the limit of approved agents is not reached.
-- KEYS: agent, approved agents. ARGV: agent id, fingerprint, actor (`key:<id>`), maximum number of approved agents.
-- Replies {'ok' | 'already' | 'missing' | 'mismatch' | 'limit' | 'revoked' | 'locked'}.
local function approve(keys, args)
  local state, fingerprint = unpack(redis.call('HMGET', keys[1], 'state', 'fingerprint'))
  if not state then
    return { 'missing' }
  end
  if state == 'revoked' or state == 'locked' then
    return { state }
  end
  if fingerprint ~= args[2] then
    return { 'mismatch' }
  end
  if state == 'approved' then
    return { 'already' }
  end
  if redis.call('SCARD', keys[2]) >= tonumber(args[4]) then
    return { 'limit' }
  end
  redis.call('SADD', keys[2], args[1])
  redis.call('HSET', keys[1], 'state', 'approved', 'decidedAt', text(now_ms()), 'decidedBy', args[3])
  return { 'ok' }
end

-- Revokes an agent in any state, a locked one included.
-- KEYS: agent, approved agents. ARGV: agent id, actor (`key:<id>`). Replies {'ok' | 'already' | 'missing'}.
local function revoke(keys, args)
  local state = redis.call('HGET', keys[1], 'state')
  if not state then
    return { 'missing' }
  end
  if state == 'revoked' then
    return { 'already' }
  end
  redis.call('SREM', keys[2], args[1])
  redis.call('HSET', keys[1], 'state', 'revoked', 'decidedAt', text(now_ms()), 'decidedBy', args[2])
  return { 'ok' }
end

-- Opens a session for an agent whose proof the caller has verified. Uses up the nonce and checks the generation. An
-- agent presents the last generation it has on disk. One less than the stored generation is legitimate only while the
-- agent has not confirmed the stored one (the welcome was lost); the agent then gets the same generation again. Any
-- lower one shows a copy of an old state, so the agent is locked. A higher one means that this store was restored from
-- a backup, so the agent's value is taken.
-- KEYS: agent, nonce, approved agents, swaps. ARGV: agent id, lifetime of the nonce in ms, presented generation,
-- session, node.
-- Replies {'ok', new generation, state, previous node, previous session, swaps in ten minutes} or
-- {'missing' | 'replayed' | 'revoked' | 'locked' | 'copy'}.
local function connect(keys, args)
  local agent = keys[1]
  local state, generation, confirmed, session, node =
    unpack(redis.call('HMGET', agent, 'state', 'generation', 'confirmed', 'sessionId', 'node'))
  if not state then
    return { 'missing' }
  end
  if not redis.call('SET', keys[2], '1', 'NX', 'PX', args[2]) then
    return { 'replayed' }
  end
  if state == 'revoked' or state == 'locked' then
    return { state }
  end

  local now = now_ms()
  local presented, stored = tonumber(args[3]), tonumber(generation)
  local repeated = presented == stored - 1 and confirmed == '0'
  if presented < stored and not repeated then
    redis.call('SREM', keys[3], args[1])
    redis.call('HSET', agent, 'state', 'locked', 'decidedAt', text(now), 'decidedBy', 'system')
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

-- Confirms that the agent has its new generation on disk, and stores the facts the agent reports about itself.
-- KEYS: agent. ARGV: session, then fields and values of those facts. Replies {state of the agent}, or {'superseded'}
-- when another session has replaced this one.
local function ready(keys, args)
  local state, session = unpack(redis.call('HMGET', keys[1], 'state', 'sessionId'))
  if session ~= args[1] then
    return { 'superseded' }
  end
  redis.call('HSET', keys[1], 'confirmed', '1', 'lastSeenAt', text(now_ms()))
  redis.call('HSET', keys[1], unpack(args, 2))
  return { state }
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

-- Lists the agents that passwords are sealed to: approved agents with writeback enabled. The agent's record decides;
-- the set only saves reading all records.
-- KEYS: approved agents, prefix of agent records. Replies one flat list: id, identity key and sealing keys of each
-- agent.
local function recipients(keys)
  local answer = {}
  for _, id in ipairs(redis.call('SMEMBERS', keys[1])) do
    local state, writes_back, identity, sealing =
      unpack(redis.call('HMGET', keys[2] .. id, 'state', 'writebackEnabled', 'identityKey', 'sealingKeys'))
    if state == 'approved' and writes_back == 'true' then
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
redis.register_function({ function_name = 'latchkey_agent_recipients', callback = recipients, flags = { 'no-writes' } })
