#!lua name=latchkey_jobs
--[[
States of a writeback job. These functions are the only writers of job records; BullMQ, the gateway and the API call them.

  queued ──► offered ──► granted ──► applied | rejected | not_found | refused | not_applied | unknown
     └───────────┴──► refused … (the agent refuses before it asks for a grant)
     └───────────┴──► expired | cancelled | superseded        never granted, so certainly nothing was changed
  unknown ──► any definite verdict of the agent, never the other way round

All functions except tenant_active and tenant_idle get the same KEYS, those of one tenant. Keys of single jobs and users are built here
from the prefixes; all carry the tenant's hash tag, so a Cluster keeps them in one slot.
  1 prefix of job records   2 all jobs   3 pending   4 unaudited   5 sequences   6 prefix of a user's jobs
  7 prefix of a user's open jobs   8 prefix of idempotency keys   9 prefix of the users' epochs
Where a function works on one job, ARGV[1] is its id. All times come from Redis (TIME), never from a node or an agent.
]]

local NEVER_GRANTED = { queued = true, offered = true }
local UNDECIDED = { queued = true, offered = true, granted = true }
local MAX_EVENTS_BYTES = 2048
local MAX_USER_JOBS = 200
-- Longer than any visit to a portal lasts, so that no visit outlives the epoch that ended it.
local EPOCH_MS = 3600000

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
    -- Agents that have held a grant, each as ":<id>"; empty before the first grant.
    holders = values[5] or '', lease_until = tonumber(values[6]) or 0, grace = tonumber(values[7]) or 0,
    -- True once a newer job of the user exists: an agent may then only verify this job, not apply it.
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

-- Ends every visit of the user at the portals except the one that made this job (see person-epochs.ts). It happens with the
-- verdict, so that no node can lose it. A password whose change is not certain counts as changed.
local function end_visits(keys, job, state)
  if state ~= 'applied' and state ~= 'unknown' then return end
  local order = redis.call('HGET', keys[1] .. job.id, 'order') or ''
  if string.find(order, '"operation":"unlock"', 1, true) then return end
  redis.call('SET', keys[9] .. job.user, 'password:' .. job.id, 'PX', EPOCH_MS)
end

-- Puts a job into a final state. Further arguments are fields and values to store with it. The sealed passwords are deleted,
-- because no agent needs them after the decision.
local function finish(keys, job, state, code, now, action, ...)
  local key = keys[1] .. job.id
  redis.call('HSET', key, 'state', state, 'code', code, 'decidedAt', now, 'events', with_event(job, state, now), ...)
  redis.call('HDEL', key, 'sealed', 'signature')
  redis.call('EXPIRE', key, job.keep)
  redis.call('ZREM', keys[3], job.id)
  redis.call('ZREM', keys[7] .. job.user, job.id)
  owe_audit(keys, job.id, action, now)
  end_visits(keys, job, state)
end

-- Returns the nodes on which a request or a delivery may be waiting for the job.
local function waiting_nodes(keys, job)
  local nodes = redis.call('HMGET', keys[1] .. job.id, 'submitNode', 'offerNode')
  return nodes[1] or '', nodes[2] or ''
end

-- Expires a job that was never granted and is past its deadline. Returns whether it did.
local function decide_by_time(keys, job, now)
  if now < job.not_after or not NEVER_GRANTED[job.state] then return false end
  finish(keys, job, 'expired', 'JOB_EXPIRED', now, 'decided')
  job.state = 'expired'
  return true
end

-- Returns the user's other job that holds a grant, or nil. Removes jobs without a record from the user's open jobs.
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

-- Allots the next sequence number of a user's orders.
-- ARGV: userId. Replies {sequence, now}.
local function allot(keys, args)
  return { redis.call('HINCRBY', keys[5], args[1], 1), now_ms() }
end

-- Creates a job and supersedes the user's older jobs that were never granted. A repeated request gets the job that it
-- created the first time.
-- ARGV: id, userId, sequence, notAfter, order, sealed, signature, requestedBy, digest of the request, this node,
--   digest of the idempotency key or '', keepSeconds, maxPending, graceMs, seconds an idempotency key is remembered, source
-- Replies {'created', jobId, superseded jobs…}, {'existing', jobId} or {'conflict' | 'stale' | 'full'}.
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
    args[14], 'source', args[16], 'createdAt', now, 'attempts', 0, 'events', 'queued@' .. now)
  redis.call('ZADD', keys[2], now, id)
  redis.call('ZREMRANGEBYSCORE', keys[2], '-inf', now - (keep + 3600) * 1000)
  redis.call('ZADD', keys[6] .. user, sequence, id)
  redis.call('ZREMRANGEBYRANK', keys[6] .. user, 0, -MAX_USER_JOBS - 1)
  redis.call('EXPIRE', keys[6] .. user, keep + 3600)
  if request ~= '' then redis.call('SET', keys[8] .. request, id .. ' ' .. digest, 'EX', args[15]) end
  owe_audit(keys, id, 'submitted', now)
  if outdated then
    -- A newer order of the user was stored first, and applying this older one would undo it.
    finish(keys, load(keys, id), 'superseded', 'JOB_SUPERSEDED', now, 'decided')
    table.insert(answer, id)
  else
    redis.call('ZADD', keys[3], not_after, id)
    redis.call('ZADD', keys[7] .. user, sequence, id)
  end
  return answer
end

-- Offers a job to an agent if that is allowed now, and returns what is sent to the agent.
-- ARGV: id, agentId, this node, '1' for an agent that has just connected
-- Replies {'offered', order, sealed, signature}, {'final', state}, {'held', waitMs}, {'busy', waitMs, the other job} or
-- {'missing'}.
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

-- Decides whether an agent may apply a job or only verify it.
-- ARGV: id, agentId, mark, leaseMs, how long after the last lease the cloud waits for a verdict (ms), the agent's source
-- Replies {'grant', mode, mayApply, leaseMs, mark of the first grant} or {'deny', reason}.
local function claim(keys, args)
  local job = load(keys, args[1])
  if not job or redis.call('HGET', keys[1] .. job.id, 'source') ~= args[6] then return { 'deny', 'unknown' } end
  local key, agent, lease = keys[1] .. job.id, args[2], tonumber(args[4])
  local now = now_ms()
  decide_by_time(keys, job, now)
  -- The cloud has given up on this job without a verdict. An agent that returns may still verify, and its verdict
  -- replaces `unknown`.
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

-- Gives a job back: the agent does not work on it now, and has sent nothing to the directory.
-- ARGV: id, agentId. Replies 1 when the job may be offered again because of it, otherwise 0.
local function nack(keys, args)
  local job = load(keys, args[1])
  if not job or job.agent ~= args[2] then return 0 end
  local now = now_ms()
  if job.state == 'offered' then
    redis.call('HSET', keys[1] .. job.id, 'state', 'queued', 'events', with_event(job, 'queued', now))
  elseif job.state == 'granted' then
    -- The agent will not write under this lease any more, so other agents need not wait until the lease ends.
    redis.call('HSET', keys[1] .. job.id, 'leaseUntil', math.min(job.lease_until, now - job.grace))
  else
    return 0
  end
  return 1
end

-- Stores a verdict. The caller has checked its signature.
-- ARGV: id, agentId, userId, state, code, verdict, receipt
-- Replies {'decided' | 'corrected', fields and values of the new record…} or {'same' | 'kept' | 'stray' | 'mismatch' |
-- 'missing'}.
local function outcome(keys, args)
  local job = load(keys, args[1])
  if not job then return { 'missing' } end
  if job.user ~= args[3] then return { 'mismatch' } end
  local key, agent, state = keys[1] .. job.id, args[2], args[4]

  if not UNDECIDED[job.state] and (job.state ~= 'unknown' or state == 'unknown') then
    return { job.state == state and 'same' or 'kept' }
  end
  -- When an agent that does not hold the grant reports that nothing changed, this does not show what the holder has
  -- done or is doing.
  if job.holders ~= '' and job.agent ~= agent and state ~= 'applied' then return { 'stray' } end

  local action = job.state == 'unknown' and 'corrected' or 'decided'
  finish(keys, job, state, args[5], now_ms(), action, 'agentId', agent, 'verdict', args[6], 'receipt', args[7])
  return { action, unpack(redis.call('HGETALL', key)) }
end

-- Cancels a job that was not granted.
-- ARGV: id, actor (`key:<id>`). Replies {'cancelled', waiting nodes…} or {'final' | 'granted' | 'missing'}.
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

-- Decides the jobs whose time has run out: a job that was never granted becomes `expired`, a granted one without a
-- verdict becomes `unknown`.
-- ARGV: maximum number of jobs. Replies the ids of the jobs that were due.
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

-- Adds a tenant to the set of tenants with unfinished jobs. There is one set for all tenants; it is the only key of
-- this function and of the next one. A tenant is added before its job is created, so that the sweep cannot miss the
-- job.
-- KEYS: tenants with jobs. ARGV: tenantId.
local function tenant_active(keys, args)
  return redis.call('ZADD', keys[1], now_ms(), args[1])
end

-- Removes a tenant from that set if its last submit is old enough.
-- KEYS: tenants with jobs. ARGV: tenantId, minimum age of the last submit in ms. Replies 1 when it was removed, otherwise 0.
local function tenant_idle(keys, args)
  local since = tonumber(redis.call('ZSCORE', keys[1], args[1]) or 0)
  if since > now_ms() - tonumber(args[2]) then return 0 end
  return redis.call('ZREM', keys[1], args[1])
end

redis.register_function('latchkey_job_allot', allot)
redis.register_function('latchkey_job_create', create)
redis.register_function('latchkey_job_tenant_active', tenant_active)

-- Registers a function that also runs when Redis is full. These functions decide jobs, which frees memory.
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
