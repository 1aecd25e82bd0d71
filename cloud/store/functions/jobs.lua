#!lua name=latchkey_jobs
--[[
The life of a writeback job. These functions are the only writers of job records; BullMQ, the gateway and the API ask them.

  queued ──► offered ──► granted ──► applied | rejected | not_found | refused | not_applied | unknown
     └───────────┴──► refused … (the agent says no before it asks for a grant)
     └───────────┴──► expired | cancelled | superseded        never granted: nothing was changed, for certain
  unknown ──► any of the agent's definite verdicts, never the other way

Every function gets the same KEYS, the room of one tenant. Keys of single jobs and users are made here from the prefixes; all
carry the tenant's hash tag, so a Cluster has them in the same slot.
  1 prefix of job records   2 all jobs   3 pending   4 unaudited   5 sequences   6 prefix of a user's jobs
  7 prefix of a user's open jobs   8 prefix of idempotency keys
ARGV[1] is the job, where there is one. Time is that of Redis (TIME), never a node's or an agent's.
]]

local NEVER_GRANTED = { queued = true, offered = true }
local UNDECIDED = { queued = true, offered = true, granted = true }
local MAX_EVENTS_BYTES = 2048
local MAX_USER_JOBS = 200

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function load(keys, id)
  local values = redis.call('HMGET', keys[1] .. id, 'state', 'userId', 'notAfter', 'agentId', 'holders', 'leaseUntil',
    'graceMs', 'barred', 'events', 'keepSeconds', 'attempts')
  if not values[1] then return nil end
  return {
    id = id, state = values[1], user = values[2] or '', not_after = tonumber(values[3]) or 0, agent = values[4],
    -- Agents that were granted it, as ":id:id:"; empty while nobody was.
    holders = values[5] or '', lease_until = tonumber(values[6]) or 0, grace = tonumber(values[7]) or 0,
    -- A newer job of the user exists: look, but write no more.
    barred = values[8] == '1', events = values[9] or '', keep = tonumber(values[10]) or 3600,
    attempts = tonumber(values[11]) or 0,
  }
end

local function with_event(job, state, now)
  local events = job.events .. ' ' .. state .. '@' .. now
  if #events > MAX_EVENTS_BYTES then return job.events end
  return events
end

local function owe_audit(keys, id, action, now)
  redis.call('ZADD', keys[4], now, id .. ':' .. action)
end

-- Decides; further arguments: field and value of what else is known. The sealed passwords go with it: nobody needs them any more.
local function finish(keys, job, state, code, now, action, ...)
  local key = keys[1] .. job.id
  redis.call('HSET', key, 'state', state, 'code', code, 'decidedAt', now, 'events', with_event(job, state, now), ...)
  redis.call('HDEL', key, 'sealed', 'signature')
  redis.call('EXPIRE', key, job.keep)
  redis.call('ZREM', keys[3], job.id)
  redis.call('ZREM', keys[7] .. job.user, job.id)
  owe_audit(keys, job.id, action, now)
end

-- The nodes where somebody may wait for the job.
local function waiting_nodes(keys, job)
  local nodes = redis.call('HMGET', keys[1] .. job.id, 'submitNode', 'offerNode')
  return nodes[1] or '', nodes[2] or ''
end

-- What time alone decides, if it does.
local function decide_by_time(keys, job, now)
  if now < job.not_after or not NEVER_GRANTED[job.state] then return false end
  finish(keys, job, 'expired', 'JOB_EXPIRED', now, 'decided')
  job.state = 'expired'
  return true
end

-- The user's job that holds a grant, if it is another one than this.
local function granted_sibling(keys, job)
  for _, id in ipairs(redis.call('ZRANGE', keys[7] .. job.user, 0, -1)) do
    if id ~= job.id then
      local other = load(keys, id)
      if not other then redis.call('ZREM', keys[7] .. job.user, id)
      elseif other.state == 'granted' then return other end
    end
  end
  return nil
end

-- The next order of a user. ARGV: userId. → sequence, now
local function allot(keys, args)
  return { redis.call('HINCRBY', keys[5], args[1], 1), now_ms() }
end

-- ARGV: id, userId, sequence, notAfter, order, sealed, signature, requestedBy, digest of the request, this node,
--   digest of the idempotency key or '', keepSeconds, maxPending, graceMs, seconds an idempotency key is remembered
-- → created | existing, jobId, superseded jobs… ; or conflict | stale | full
local function create(keys, args)
  local id, user, sequence, not_after = args[1], args[2], tonumber(args[3]), tonumber(args[4])
  local digest, request, keep = args[9], args[11], tonumber(args[12])
  local now = now_ms()

  if request ~= '' then
    local seen = redis.call('GET', keys[8] .. request)
    if seen then
      local seen_id, seen_digest = string.match(seen, '^(%w+) (.*)$')
      if seen_digest ~= digest then return { 'conflict' } end
      return { 'existing', seen_id }
    end
  end
  local stored = redis.call('HGET', keys[1] .. id, 'digest')
  if stored then return { stored == digest and 'existing' or 'conflict', id } end
  if now >= not_after then return { 'stale' } end
  if redis.call('ZCARD', keys[3]) >= tonumber(args[13]) then return { 'full' } end

  local answer = { 'created', id }
  local newest = redis.call('ZREVRANGE', keys[6] .. user, 0, 0, 'WITHSCORES')
  local outdated = newest[2] and tonumber(newest[2]) > sequence
  if not outdated then
    for _, other_id in ipairs(redis.call('ZRANGE', keys[7] .. user, 0, -1)) do
      local other = load(keys, other_id)
      if other and NEVER_GRANTED[other.state] then
        finish(keys, other, 'superseded', 'JOB_SUPERSEDED', now, 'decided')
        table.insert(answer, other_id)
      elseif other then
        redis.call('HSET', keys[1] .. other_id, 'barred', '1')
      end
    end
  end

  redis.call('HSET', keys[1] .. id, 'state', 'queued', 'userId', user, 'notAfter', not_after, 'order', args[5], 'sealed',
    args[6], 'signature', args[7], 'requestedBy', args[8], 'digest', digest, 'submitNode', args[10], 'keepSeconds', keep, 'graceMs',
    args[14], 'createdAt', now, 'attempts', 0, 'events', 'queued@' .. now)
  redis.call('ZADD', keys[2], now, id)
  redis.call('ZREMRANGEBYSCORE', keys[2], '-inf', now - (keep + 3600) * 1000)
  redis.call('ZADD', keys[6] .. user, sequence, id)
  redis.call('ZREMRANGEBYRANK', keys[6] .. user, 0, -MAX_USER_JOBS - 1)
  redis.call('EXPIRE', keys[6] .. user, keep + 3600)
  if request ~= '' then redis.call('SET', keys[8] .. request, id .. ' ' .. digest, 'EX', args[15]) end
  owe_audit(keys, id, 'submitted', now)
  if outdated then
    -- A newer order of the user came in first: applying this one would undo it.
    finish(keys, load(keys, id), 'superseded', 'JOB_SUPERSEDED', now, 'decided')
    table.insert(answer, id)
  else
    redis.call('ZADD', keys[3], not_after, id)
    redis.call('ZADD', keys[7] .. user, sequence, id)
  end
  return answer
end

-- May this job be offered to this agent now? ARGV: id, agentId, this node, '1' for an agent that has just connected
-- → offered, order, sealed, signature | final, state | held, waitMs | busy, waitMs, the other job | missing
local function offer(keys, args)
  local job = load(keys, args[1])
  if not job then return { 'missing' } end
  local now = now_ms()
  decide_by_time(keys, job, now)
  if not UNDECIDED[job.state] then return { 'final', job.state } end

  local key = keys[1] .. job.id
  if job.state == 'granted' then
    local free_at = job.lease_until + job.grace
    if now < free_at and not (args[4] == '1' and job.agent == args[2]) then return { 'held', free_at - now } end
  else
    local other = granted_sibling(keys, job)
    if other then return { 'busy', math.max(0, other.lease_until + other.grace - now), other.id } end
    job.agent = args[2]
    if job.state == 'queued' then
      job.state, job.events = 'offered', with_event(job, 'offered', now)
    end
  end
  redis.call('HSET', key, 'state', job.state, 'events', job.events, 'agentId', job.agent, 'offerNode', args[3], 'attempts',
    job.attempts + 1)
  local values = redis.call('HMGET', key, 'order', 'sealed', 'signature')
  return { 'offered', values[1] or '', values[2] or '', values[3] or '' }
end

-- "May I write?" ARGV: id, agentId, mark, leaseMs, how long after the last lease the cloud waits for a verdict
-- → grant, mode, mayApply, leaseMs, mark of the first grant | deny, reason
local function claim(keys, args)
  local job = load(keys, args[1])
  if not job then return { 'deny', 'unknown' } end
  local key, agent, lease = keys[1] .. job.id, args[2], tonumber(args[4])
  local now = now_ms()
  decide_by_time(keys, job, now)
  -- Given up on, not decided: whoever comes back to it looks, and the truth replaces `unknown`.
  if job.state == 'unknown' then
    return { 'grant', 'verify', 0, lease, redis.call('HGET', key, 'mark') or '' }
  end
  if not UNDECIDED[job.state] then return { 'deny', 'final' } end

  local mode, may_apply, mark = 'apply', true, args[3]
  if job.state == 'granted' then
    if job.agent ~= agent and now < job.lease_until + job.grace then return { 'deny', 'busy' } end
    mode, may_apply = 'verify', now < job.not_after and not job.barred
    mark = redis.call('HGET', key, 'mark') or ''
  elseif granted_sibling(keys, job) then
    return { 'deny', 'busy' }
  end

  local lease_until = now + lease
  if may_apply then lease_until = math.min(lease_until, job.not_after) end
  local holders = job.holders
  if not string.find(holders, agent, 1, true) then holders = holders .. ':' .. agent end
  redis.call('HSET', key, 'state', 'granted', 'agentId', agent, 'holders', holders, 'leaseUntil', lease_until, 'mark', mark,
    'events', with_event(job, 'granted', now))
  redis.call('ZADD', keys[3], math.max(job.not_after, lease_until) + tonumber(args[5]), job.id)
  return { 'grant', mode, may_apply and 1 or 0, lease_until - now, mark }
end

-- "Not now, and nothing was sent to the directory." ARGV: id, agentId
local function nack(keys, args)
  local job = load(keys, args[1])
  if not job or job.agent ~= args[2] then return 0 end
  local now = now_ms()
  if job.state == 'offered' then
    redis.call('HSET', keys[1] .. job.id, 'state', 'queued', 'events', with_event(job, 'queued', now))
  elseif job.state == 'granted' then
    -- It will not write under this lease any more, so nobody needs to wait for its end.
    redis.call('HSET', keys[1] .. job.id, 'leaseUntil', math.min(job.lease_until, now - job.grace))
  else
    return 0
  end
  return 1
end

-- A verdict whose signature was checked. ARGV: id, agentId, userId, state, code, verdict, receipt
-- → decided | corrected, field and value of the record as it is now | same | kept | stray | mismatch | missing
local function outcome(keys, args)
  local job = load(keys, args[1])
  if not job then return { 'missing' } end
  if job.user ~= args[3] then return { 'mismatch' } end
  local key, agent, state = keys[1] .. job.id, args[2], args[4]

  if not UNDECIDED[job.state] and (job.state ~= 'unknown' or state == 'unknown') then
    return { job.state == state and 'same' or 'kept' }
  end
  -- "Nothing changed" from somebody else than the holder of the grant is no word on what the holder did or does.
  if job.holders ~= '' and job.agent ~= agent and state ~= 'applied' then return { 'stray' } end

  local action = job.state == 'unknown' and 'corrected' or 'decided'
  finish(keys, job, state, args[5], now_ms(), action, 'agentId', agent, 'verdict', args[6], 'receipt', args[7])
  return { action, unpack(redis.call('HGETALL', key)) }
end

-- ARGV: id, who wants it → cancelled, and the nodes that wait | final | granted | missing
local function cancel(keys, args)
  local job = load(keys, args[1])
  if not job then return { 'missing' } end
  local now = now_ms()
  decide_by_time(keys, job, now)
  if job.state == 'granted' then return { 'granted' } end
  if not UNDECIDED[job.state] then return { 'final' } end
  redis.call('HSET', keys[1] .. job.id, 'cancelledBy', args[2])
  finish(keys, job, 'cancelled', 'JOB_CANCELLED', now, 'cancelled')
  return { 'cancelled', waiting_nodes(keys, job) }
end

-- What time has decided since the last look: never granted → expired; granted and no word for too long → unknown.
-- ARGV: at most so many → the jobs
local function expire(keys, args)
  local now = now_ms()
  local due = redis.call('ZRANGEBYSCORE', keys[3], '-inf', now, 'LIMIT', 0, args[1])
  for _, id in ipairs(due) do
    local job = load(keys, id)
    if not job or not UNDECIDED[job.state] then
      redis.call('ZREM', keys[3], id)
    elseif job.state == 'granted' then
      finish(keys, job, 'unknown', 'VERDICT_UNKNOWN', now, 'decided')
    else
      finish(keys, job, 'expired', 'JOB_EXPIRED', now, 'decided')
    end
  end
  return due
end

-- The tenants with work under way are in one set for all (KEYS[1] alone), written before the work itself.
-- ARGV: tenantId
local function tenant_active(keys, args)
  return redis.call('ZADD', keys[1], now_ms(), args[1])
end

-- ARGV: tenantId, forget it when its last submit is this many ms ago
local function tenant_idle(keys, args)
  local since = tonumber(redis.call('ZSCORE', keys[1], args[1]) or 0)
  if since > now_ms() - tonumber(args[2]) then return 0 end
  return redis.call('ZREM', keys[1], args[1])
end

redis.register_function('latchkey_job_allot', allot)
redis.register_function('latchkey_job_create', create)
redis.register_function('latchkey_job_tenant_active', tenant_active)

-- These also run in a full Redis: they decide jobs, and that is what frees memory.
local function register_always(name, callback)
  redis.register_function({ function_name = name, callback = callback, flags = { 'allow-oom' } })
end
register_always('latchkey_job_offer', offer)
register_always('latchkey_job_claim', claim)
register_always('latchkey_job_nack', nack)
register_always('latchkey_job_outcome', outcome)
register_always('latchkey_job_cancel', cancel)
register_always('latchkey_job_expire', expire)
register_always('latchkey_job_tenant_idle', tenant_idle)
