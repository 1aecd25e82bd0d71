-- ---- Runs ---------------------------------------------------------------------------------------------------------

local COUNTS = { 'read', 'added', 'changed', 'unchanged', 'deleted', 'rejected', 'unusableNumbers' }

-- Returns { 'OK', state, held deletes, counts in the order of COUNTS }, as the agent and the API see them.
local function outcome(k, id)
  local values = redis.call('HMGET', k.run .. id, 'state', 'held', unpack(COUNTS))
  local answer = { 'OK', values[1], tonumber(values[2]) or 0 }
  for i = 1, #COUNTS do push(answer, tonumber(values[i + 2]) or 0) end
  return answer
end

-- ---- Entries and values that cannot be used -------------------------------------------------------------------------

-- The largest number that a run lists, and a source. LIMITS.maxRunProblems is the same number.
local MAX_PROBLEMS = 1000

local function problems_of(k, id) return k.run .. id .. ':problems' end

-- Returns the field of a rejected entry in both lists. problems.ts has the same form.
local function entry_field(entry) return 'entry\0' .. entry end

-- Lists a problem in a run. A problem that is named again replaces itself. One without a field is only counted.
local function list_problem(k, id, field, json)
  local key = problems_of(k, id)
  local is_listed = field ~= '' and redis.call('HEXISTS', key, field) == 1
  if is_listed or (field ~= '' and redis.call('HLEN', key) < MAX_PROBLEMS) then
    redis.call('HSET', key, field, json)
  end
  if is_listed then return end
  redis.call('HINCRBY', k.run .. id, 'problems', 1)
end

-- Remembers beyond the run that an entry cannot be used, so that the tenant's list says what is missing today although no later
-- delta reads the entry again.
local function remember_rejected(k, id, field, json)
  if field == '' then return end
  if redis.call('HEXISTS', k.rejected, field) == 1 or redis.call('HLEN', k.rejected) < MAX_PROBLEMS then
    redis.call('HSET', k.rejected, field, id .. json)
  end
end

-- Forgets the entries of these users: they were read and can be used, or they are gone.
local function forget_rejected(k, ids)
  if #ids == 0 or redis.call('EXISTS', k.rejected) == 0 then return end
  local fields = {}
  for _, id in ipairs(ids) do push(fields, entry_field(id)) end
  call_many('HDEL', k.rejected, fields)
end

-- Forgets the entries that a run of all users did not reject.
local function settle_rejected(k, id)
  local stored, outdated = redis.call('HGETALL', k.rejected), {}
  for i = 1, #stored, 2 do
    if string.sub(stored[i + 1], 1, 26) ~= id then push(outdated, stored[i]) end
  end
  call_many('HDEL', k.rejected, outdated)
end

-- ---- The life of a run ----------------------------------------------------------------------------------------------

-- Removes what only the run in progress needs.
local function unlink_progress(k) redis.call('UNLINK', k.staged, k.seen, k.lost) end

local function add_counts(k, id, counts)
  for field, value in pairs(counts) do
    if value ~= 0 then redis.call('HINCRBY', k.run .. id, field, value) end
  end
end

local function lease_of(k)
  local values = redis.call('HMGET', k.sync, 'run', 'agent', 'lease_until')
  return { run = values[1], agent = values[2], lease_until = tonumber(values[3]) or 0 }
end

local function renew(k, lease_ms)
  local now = now_ms()
  redis.call('HSET', k.sync, 'lease_until', now + tonumber(lease_ms), 'heard_at', now)
end

local function end_run(k, id, state, now)
  redis.call('HSET', k.run .. id, 'state', state, 'finishedAt', now)
  redis.call('HDEL', k.run .. id, 'phase', 'bucket', 'cursor', 'sweep')
  redis.call('SREM', k.open, id)
  if redis.call('HGET', k.sync, 'run') == id then
    redis.call('HDEL', k.sync, 'run', 'lease_until')
    redis.call('HSET', k.sync, 'released_at', now)
    unlink_progress(k)
  end
end

local function fail_run(k, id, code, message, now)
  redis.call('HSET', k.run .. id, 'code', code, 'message', message)
  end_run(k, id, 'failed', now)
  -- Scheduled runs must not wait for an agent that failed, so any agent may take the next run.
  local run = redis.call('HMGET', k.run .. id, 'agentId', 'user')
  if run[2] == '' and run[1] == redis.call('HGET', k.sync, 'agent') then redis.call('HDEL', k.sync, 'agent') end
end

-- ---- Agents that may write ------------------------------------------------------------------------------------------

local NO_LONGER = 'The agent of this run may not write users any more: it was revoked or locked, or it awaited approval.'

-- Time after which an agent that awaits approval must enrol again. agents.lua has the same number.
local APPROVAL_WITHIN_MS = 24 * 3600 * 1000

-- Tells whether an agent may write users of this source now. Its record decides at every call, so that a run ends with the right
-- to make it: an approved agent of the source, or the first agent of a tenant that never had an approved one.
local function may_write(k, agent)
  local state, source, enrolled = unpack(redis.call('HMGET', k.agent .. agent, 'state', 'source', 'enrolledAt'))
  if source ~= k.number then return false end
  if state == 'approved' then return true end
  return state == 'pending' and now_ms() <= (tonumber(enrolled) or 0) + APPROVAL_WITHIN_MS
    and redis.call('HEXISTS', k.sources, 'approvedOnce') == 0 and redis.call('SCARD', k.approved) == 0
end

-- Tells whether the agent of a run in progress may still write. The run that removes a source has none.
local function may_continue(k, id)
  local agent = redis.call('HGET', k.run .. id, 'agentId')
  return not agent or may_write(k, agent)
end

-- Returns nil when the agent may continue this run, otherwise the reply that refuses it.
local function refusal(k, id, agent)
  local state = redis.call('HGET', k.run .. id, 'state')
  if not state then return { 'UNKNOWN' } end
  local lease = lease_of(k)
  if state ~= 'running' or lease.run ~= id or lease.agent ~= agent then return { 'LEASE', state } end
  if not may_write(k, agent) then return { 'DENIED' } end
  return nil
end

local function trim(k, keep)
  local excess = redis.call('ZCARD', k.runs) - tonumber(keep)
  if excess <= 0 then return end
  -- Unfinished and held runs are kept, even if they are among the oldest. Up to 100 more ids are read for that reason.
  for _, id in ipairs(redis.call('ZRANGE', k.runs, 0, excess + 100)) do
    if excess > 0 and redis.call('SISMEMBER', k.open, id) == 0 and not redis.call('ZSCORE', k.held_runs, id) then
      redis.call('ZREM', k.runs, id)
      redis.call('UNLINK', k.run .. id, problems_of(k, id))
      excess = excess - 1
    end
  end
end

local function create_run(k, id, fields, keep, now)
  redis.call('HSET', k.run .. id, 'source', k.number, 'requestedAt', now, unpack(fields))
  redis.call('SADD', k.open, id)
  redis.call('ZADD', k.runs, now, id)
  trim(k, keep)
end

-- Creates a run that waits for an agent, or joins the request to an open run of the source that covers it. The kinds of
-- covering runs come from shared/protocol/run-coverage.ts, which has the rule and its reasons.
-- ARGV: run, policy, user, dry run, requested by, number of runs to keep, then the kinds of covering runs.
-- Replies {'JOINED', run} or {'OK', run}.
local function request(keys, args)
  local k = named(keys)
  local id, policy, user, dry = args[1], args[2], args[3], args[4]
  local covering = {}
  for i = 7, #args do covering[args[i]] = true end
  for _, open in ipairs(redis.call('SMEMBERS', k.open)) do
    local run = redis.call('HMGET', k.run .. open, 'policy', 'user', 'dryRun', 'state', 'source')
    local is_for_everybody = run[2] == ''
    local kind = run[1] .. (is_for_everybody and ':everybody:' or ':one user:') .. (run[4] == 'running' and 'running' or 'waiting')
    local is_same = run[5] == k.number and run[3] == dry and (is_for_everybody or run[2] == user)
    if covering[kind] and is_same and may_continue(k, open) then return { 'JOINED', open } end
  end
  create_run(k, id, { 'state', 'requested', 'policy', policy, 'trigger', 'cloud', 'user', user, 'dryRun', dry,
    'requestedBy', args[5] }, args[6], now_ms())
  return { 'OK', id }
end

-- Begins a run under the source's lease, and fails the run that had the lease before.
-- The cursor belongs to the scope (bases, filter, groups) that it was read with; an agent of another scope gets none. Deletions
-- are made only in the settled scope, the last one whose deletions were made or approved; in any other they are held.
-- ARGV: run, agent, session, policy, trigger, dry run, user, user id, lease in ms, number of runs to keep, the source's
-- scope and settled scope as the caller has read them, the agent's scope, how it differs from the first ('' = not at all),
-- how it differs from the second.
-- Replies {'OK', cursor, users, failed run or ''}, {'LEASE'} (another agent has the lease), {'OVER', state}, {'DENIED'} (the
-- agent may not write), {'FINISHING', run} (resume that run first, then begin again), or {'SCOPE'} (the scopes changed meanwhile,
-- read again).
local function begin(keys, args)
  local k, now = named(keys), now_ms()
  local id, agent = args[1], args[2]
  if not may_write(k, agent) then return { 'DENIED' } end
  local lease = lease_of(k)
  local state, source = unpack(redis.call('HMGET', k.run .. id, 'state', 'source'))
  if state and source ~= k.number then return { 'LEASE' } end
  if state and state ~= 'requested' and not (state == 'running' and lease.run == id and lease.agent == agent) then
    return { 'OVER', state }
  end

  local scopes = redis.call('HMGET', k.sync, 'scope', 'settled')
  if (scopes[1] or '') ~= args[11] or (scopes[2] or '') ~= args[12] then return { 'SCOPE' } end

  local failed = ''
  if lease.run then
    if redis.call('HGET', k.run .. lease.run, 'phase') then return { 'FINISHING', lease.run } end
    if lease.run ~= id then
      failed = lease.run
      if not may_continue(k, failed) then
        fail_run(k, failed, 'AGENT_NOT_APPROVED', NO_LONGER, now)
      elseif lease.agent == agent then
        fail_run(k, failed, 'SYNC_FAILED', 'The agent began another run before this one had ended.', now)
      elseif lease.lease_until > now then
        return { 'LEASE' }
      else
        fail_run(k, failed, 'SYNC_FAILED', 'The agent stopped responding, and another agent took over the sync.', now)
      end
    end
  end

  local users = tonumber(redis.call('HGET', k.sync, 'users')) or 0
  local fields = { 'state', 'running', 'policy', args[4], 'trigger', args[5], 'dryRun', args[6], 'user', args[7],
    'userId', args[8], 'agentId', agent, 'sessionId', args[3], 'startedAt', now, 'sequence', 0, 'usersAtBegin', users,
    'scope', args[13], 'reason', args[14], 'scopeChange', args[15] }
  if state then
    redis.call('HSET', k.run .. id, unpack(fields))
    -- An agent that has lost the reply or has restarted begins its run again, at batch 1, so the counts start at zero.
    redis.call('HDEL', k.run .. id, 'full', 'problems', 'withoutId', 'sharedNames', unpack(COUNTS))
    redis.call('UNLINK', problems_of(k, id))
    for _, field in ipairs(redis.call('HKEYS', k.run .. id)) do
      local kind = string.sub(field, 1, 9)
      if kind == 'rejected:' or kind == 'unusable:' then redis.call('HDEL', k.run .. id, field) end
    end
  else
    create_run(k, id, fields, args[10], now)
  end
  unlink_progress(k)
  redis.call('HSET', k.sync, 'run', id, 'agent', agent)
  renew(k, args[9])
  local cursor, reader = unpack(redis.call('HMGET', k.sync, 'cursor', 'cursorAgent'))
  -- An agent that awaits approval is told no cursor but its own.
  local is_own = reader == agent or redis.call('HGET', k.agent .. agent, 'state') == 'approved'
  if args[14] ~= '' or not is_own then cursor = '' end
  return { 'OK', cursor, users, failed }
end

-- Stores which feed a run uses, whether it reads all users, and why.
-- ARGV: run, agent, lease in ms, feed, full, reason. Replies {'OK'}, {'LEASE'}, {'DENIED'} or {'UNKNOWN'}.
local function note(keys, args)
  local k = named(keys)
  local refused = refusal(k, args[1], args[2])
  if refused then return refused end
  redis.call('HSET', k.run .. args[1], 'feed', args[4], 'full', args[5])
  if args[6] ~= '' then redis.call('HSET', k.run .. args[1], 'reason', args[6]) end
  renew(k, args[3])
  return { 'OK' }
end

-- Returns the source of the user with this id; nil when the cloud has no such user.
local function source_of_user(k, id)
  local value = redis.call('HGET', bucket_of(k, id), id)
  return value and source_of(value)
end

-- Records that these users are in the directory, so this run does not delete them and, with `write`, an older run no
-- longer holds their deletion. A held run without any deletes left becomes `done`. Users of another
-- source are left alone.
local function keep(k, ids, write)
  if #ids == 0 then return end
  call_many('SADD', k.seen, ids)
  call_many('HDEL', k.staged, ids)
  if not write or redis.call('EXISTS', k.held) == 0 then return end
  for _, id in ipairs(ids) do
    local held = redis.call('HGET', k.held, id)
    if held and source_of_user(k, id) == k.source then
      local run = string.sub(held, 1, 26)
      redis.call('HDEL', k.held, id)
      local left = redis.call('HINCRBY', k.run .. run, 'held', -1)
      if left == 0 and redis.call('HEXISTS', k.run .. run, 'decision') == 0 then
        redis.call('HSET', k.run .. run, 'state', 'done')
        redis.call('ZREM', k.held_runs, run)
      end
    end
  end
end

local function is_known(k, id) return source_of_user(k, id) == k.source end

-- Stages a user for deletion, if the cloud has that user of this source and no older run already holds the deletion. A user
-- who was named in this run stays: a move from one base to another is reported as an arrival and a departure, in either
-- order. A user who has really gone since is reported by the next run, because the cursor is older than that departure.
local function stage(k, id, reason)
  if redis.call('SISMEMBER', k.seen, id) == 0 and is_known(k, id) and redis.call('HEXISTS', k.held, id) == 0 then
    redis.call('HSETNX', k.staged, id, reason)
  end
end

-- Applies a batch of changes and commits its cursor in the same call. A batch that was already applied changes nothing.
-- ARGV: run, agent, sequence, lease in ms, cursor ('' for none), number of removals that the node has seen, number of its unchanged
-- users with an unusable number, then nine lists, each as its length and its items: users as the node decided (id, problem, seen,
-- tell, value, see compare), unchanged users (id), users of another source (id), digests (id, fingerprint, problem), present (id),
-- gone (id, reason), rejected (id or '', reason, field, json), unusable values (reason, field, json), DNs of users of another source
-- (field, json).
-- `problem` is n for an unusable number, v for another unusable value, '' for none; field and json are those of the run's list
-- of problems, '' for one that is only counted.
-- Replies what outcome() returns and two more items: the list of the present ids that the cloud does not know, and the list of
-- the users of another source; or {'GAP', stored sequence}, {'LEASE'}, {'DENIED'}, {'UNKNOWN'}, or {'RETRY'} (a user changed
-- since the node decided: decide again).
local function batch(keys, args)
  local k = named(keys)
  local id, agent, sequence, cursor = args[1], args[2], tonumber(args[3]), args[5]
  local refused = refusal(k, id, agent)
  if refused then return refused end
  local run_key = k.run .. id
  local run = redis.call('HMGET', run_key, 'sequence', 'dryRun', 'userId', 'user', 'full', 'usersAtBegin', 'phase', 'scope')
  local last, is_dry, is_one = tonumber(run[1]), run[2] == '1', run[4] ~= ''
  renew(k, args[4])
  if sequence > last + 1 or (sequence > last and run[7]) then return { 'GAP', last } end

  local at = 8
  local function take()
    at = at + 1
    return args[at - 1]
  end
  local counts = { read = 0, added = 0, changed = 0, unchanged = 0, rejected = 0, unusableNumbers = 0 }
  local users, unchanged, foreign, digests, named_ids, usable = {}, {}, {}, {}, {}, {}
  for _ = 1, tonumber(take()) do
    push(users, { id = take(), problem = take(), seen = take(), tell = take() == '1', value = take() })
  end
  for _ = 1, tonumber(take()) do push(unchanged, take()) end
  for _ = 1, tonumber(take()) do push(foreign, take()) end
  for _ = 1, tonumber(take()) do
    push(digests, { id = take(), fingerprint = take(), problem = take() })
  end
  local is_new = sequence > last
  local function reject(reason, field, json)
    counts.rejected = counts.rejected + 1
    redis.call('HINCRBY', run_key, 'rejected:' .. reason, 1)
    list_problem(k, id, field, json)
    if not is_dry then remember_rejected(k, id, field, json) end
  end
  if is_new then
    -- Users whom the node has found unchanged are not read again. A user of this source is deleted by `remove` alone.
    if #unchanged > 0 and (redis.call('HGET', k.sync, 'removals') or '0') ~= args[6] then return { 'RETRY' } end
    if #users > 0 and (is_dry or not upsert(k, users, counts)) then return { 'RETRY' } end
    count_compared(k, digests, counts)
    for _, user_id in ipairs(unchanged) do push(named_ids, user_id) push(usable, user_id) end
    counts.unchanged = counts.unchanged + #unchanged
    counts.unusableNumbers = tonumber(args[7])
    counts.read = #users + #unchanged + #foreign + #digests
    for _, list in ipairs({ users, digests }) do
      for _, user in ipairs(list) do
        if user.foreign then
          push(foreign, user.id)
        else
          push(named_ids, user.id)
          push(usable, user.id)
          if user.problem == 'n' then counts.unusableNumbers = counts.unusableNumbers + 1 end
        end
      end
    end
    for _, user_id in ipairs(foreign) do
      reject('other_source', entry_field(user_id),
        '{"what":"entry","id":"' .. user_id .. '","dn":null,"attribute":null,"reason":"other_source"}')
    end
  end
  -- An id that the cloud does not know is not an unchanged user. The agent reads that entry and sends it whole.
  local unknown, present = {}, 0
  for _ = 1, tonumber(take()) do
    local present_id = take()
    push(named_ids, present_id)
    if is_known(k, present_id) then present = present + 1 else push(unknown, present_id) end
  end
  local function answer()
    local reply = outcome(k, id)
    push(reply, unknown, foreign)
    return reply
  end
  if not is_new then return answer() end
  counts.unchanged = counts.unchanged + present
  counts.read = counts.read + present

  local gone = {}
  for _ = 1, tonumber(take()) do push(gone, { take(), take() }) end
  for _ = 1, tonumber(take()) do
    local rejected, reason, field, json = take(), take(), take(), take()
    -- A rejected user is still in the directory, so the data the cloud has of that user stays.
    if rejected == '' then
      redis.call('HINCRBY', run_key, 'withoutId', 1)
    else
      push(named_ids, rejected)
      if is_known(k, rejected) then redis.call('SADD', k.lost, rejected) end
    end
    counts.read = counts.read + 1
    reject(reason, field, json)
  end
  for _ = 1, tonumber(take()) do
    redis.call('HINCRBY', run_key, 'unusable:' .. take(), 1)
    list_problem(k, id, take(), take())
  end
  for _ = 1, tonumber(take()) do
    local field, json = take(), take()
    if redis.call('HEXISTS', problems_of(k, id), field) == 1 then redis.call('HSET', problems_of(k, id), field, json) end
    if redis.call('HEXISTS', k.rejected, field) == 1 and not is_dry then redis.call('HSET', k.rejected, field, id .. json) end
  end
  call_many('SREM', k.lost, usable)
  keep(k, named_ids, not is_dry)
  for _, entry in ipairs(gone) do
    if not is_one or entry[1] == run[3] then stage(k, entry[1], entry[2]) end
    if redis.call('SISMEMBER', k.seen, entry[1]) == 0 then push(usable, entry[1]) end
  end
  if not is_dry then forget_rejected(k, usable) end

  add_counts(k, id, counts)
  redis.call('HSET', run_key, 'sequence', sequence)
  -- The cursor is not committed past undecided deletes, nor in the middle of a full run when the cloud already had
  -- users: a run that continued from there would never notice deleted users.
  if cursor ~= '' and not is_dry and not is_one and redis.call('EXISTS', k.staged) == 0
    and (run[5] == '0' or run[6] == '0') then
    redis.call('HSET', k.sync, 'cursor', cursor, 'cursorAgent', agent, 'scope', run[8])
  end
  return answer()
end
