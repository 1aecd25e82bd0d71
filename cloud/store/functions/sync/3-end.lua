-- ---- The end of a run ---------------------------------------------------------------------------------------------

-- Stages for deletion the users that the run did not name, bucket by bucket. Returns the remaining budget, or 0 when it
-- is used up.
local function sweep(k, id, budget)
  local at = tonumber(redis.call('HGET', k.run .. id, 'bucket')) or 0
  while at < BUCKETS and budget > 0 do
    local stored = redis.call('HKEYS', k.users .. string.format('%03x', at))
    for first = 1, #stored, CHUNK do
      local last = math.min(first + CHUNK - 1, #stored)
      local seen = redis.call('SMISMEMBER', k.seen, unpack(stored, first, last))
      for i = first, last do
        if seen[i - first + 1] == 0 then stage(k, stored[i], 'absent') end
      end
    end
    budget = budget - 1 - #stored
    at = at + 1
  end
  if at < BUCKETS then
    redis.call('HSET', k.run .. id, 'bucket', at)
    return 0
  end
  redis.call('HSET', k.run .. id, 'phase', 'deciding')
  return math.max(budget, 1)
end

-- Tells whether an administrator still has to decide on deletions of this source in a changed scope.
local function is_scope_disputed(k)
  for _, held in ipairs(redis.call('ZRANGE', k.held_runs, 0, -1)) do
    local run = redis.call('HMGET', k.run .. held, 'source', 'scopeChange')
    if run[1] == k.number and run[2] and run[2] ~= '' then return true end
  end
  return false
end

local function over(k, id, state, run)
  local now = now_ms()
  if not run.is_dry then
    if state == 'held' then redis.call('ZADD', k.held_runs, now, id) end
    if not run.is_one then
      if run.cursor ~= '' then
        redis.call('HSET', k.sync, 'cursor', run.cursor, 'cursorAgent', run.agent, 'scope', run.scope)
      end
      -- Every entry in scope was read, so one that this run did not reject can be used now, or is gone.
      if run.is_sweep and run.is_full then settle_rejected(k, id) end
      -- A run of all users that found nobody missing settles its scope.
      -- From then on a new user is really new, see destination-times.ts.
      if run.is_sweep or run.cursor ~= '' then redis.call('HSETNX', k.sync, 'completed', now) end
      local is_new = redis.call('HEXISTS', k.sync, 'settled') == 0
      if state == 'done' and run.scope ~= '' and (is_new or run.scope_change == '' or (run.is_sweep and not is_scope_disputed(k))) then
        redis.call('HSET', k.sync, 'settled', run.scope)
      end
    end
  end
  end_run(k, id, state, now)
end

-- Returns the number of users that a run may delete without approval.
local function delete_limit(users, minimum, percent) return math.max(tonumber(minimum), users * tonumber(percent) / 100) end

-- Continues the end of a run until the run is over or the budget (a number of users) is used up. Returns {'MORE'} when
-- there is more to do, otherwise what outcome() returns.
local function advance(k, id, budget)
  local key = k.run .. id
  local values = redis.call('HMGET', key, 'phase', 'cursor', 'dryRun', 'user', 'deleteMinimum', 'deletePercent',
    'scope', 'scopeChange', 'sweep', 'full', 'withoutId', 'agentId')
  local phase = values[1]
  local run = { cursor = values[2] or '', is_dry = values[3] == '1', is_one = values[4] ~= '',
    scope = values[7] or '', scope_change = values[8] or '', is_sweep = values[9] == '1', is_full = values[10] == '1',
    agent = values[12] or '' }
  local function enter(next)
    phase = next
    redis.call('HSET', key, 'phase', next)
  end

  if phase == 'sweeping' then
    budget = sweep(k, id, budget)
    if budget == 0 then return { 'MORE' } end
    phase = 'deciding'
  end

  if phase == 'deciding' then
    local count = redis.call('HLEN', k.staged)
    local users = tonumber(redis.call('HGET', k.sync, 'users')) or 0
    -- In a changed scope every deletion is held: the change may be a mistake, in one agent of several. If the run met entries
    -- without an id, the users it did not find may be among them, and nobody who was met is deleted: an administrator decides.
    local is_held = run.scope_change ~= '' or (count > delete_limit(users, values[5], values[6]) and not run.is_one)
      or (run.is_sweep and tonumber(values[11] or '0') > 0)
    if count == 0 then
      over(k, id, 'done', run)
      return outcome(k, id)
    end
    if run.is_dry then
      redis.call('HSET', key, is_held and 'held' or 'deleted', count)
      over(k, id, 'done', run)
      return outcome(k, id)
    end
    enter(is_held and 'holding' or 'deleting')
  end

  local staged = redis.call('HRANDFIELD', k.staged, budget, 'WITHVALUES')
  local ids, moved = {}, {}
  for i = 1, #staged, 2 do
    push(ids, staged[i])
    push(moved, staged[i], id .. ':' .. staged[i + 1])
  end
  if phase == 'deleting' then
    add_counts(k, id, { deleted = remove(k, ids) })
  else
    call_many('HSET', k.held, moved)
    add_counts(k, id, { held = #ids })
  end
  call_many('HDEL', k.staged, ids)
  if redis.call('EXISTS', k.staged) == 1 then return { 'MORE' } end
  over(k, id, phase == 'deleting' and 'done' or 'held', run)
  return outcome(k, id)
end

-- Begins the end of a run. A repeated call continues it, or returns its outcome again.
-- ARGV: run, agent, sequence, lease in ms, sweep, cursor, read, delete minimum, delete percent, budget.
-- Replies what outcome() returns, or {'MORE'} (the caller must call resume), {'GAP', stored sequence}, {'EMPTY'} (the
-- run named no user, although the cloud has users), {'REJECTED', users} (see below), {'LEASE'}, {'DENIED'} or {'UNKNOWN'}.
local function finish(keys, args)
  local k = named(keys)
  local id, sequence = args[1], tonumber(args[3])
  local key = k.run .. id
  local run = redis.call('HMGET', key, 'state', 'agentId', 'sequence', 'phase', 'user')
  if run[1] and run[2] == args[2] and run[1] ~= 'running' and tonumber(run[3]) == sequence then return outcome(k, id) end
  local refused = refusal(k, id, args[2])
  if refused then return refused end
  renew(k, args[4])
  if not run[4] then
    if sequence ~= tonumber(run[3]) + 1 then return { 'GAP', tonumber(run[3]) } end
    local is_sweep = args[5] == '1' and run[5] == ''
    local users = tonumber(redis.call('HGET', k.sync, 'users')) or 0
    if is_sweep and users > 0 and redis.call('EXISTS', k.seen) == 0 then return { 'EMPTY' } end
    -- Users whom the cloud has and whose entries can no longer be used. They stay, and none of their changes arrives. A few
    -- are the fault of their entries; more than a run may delete are the fault of the configuration or of a right that was
    -- taken away. Then the run fails. It is not held: the users are in the directory, so there is no deletion to approve. The
    -- changes of all others are stored, nobody is deleted, and the cursor stays, so that every run is red until the cause is
    -- mended and the first green one has read these entries again.
    local lost = redis.call('SCARD', k.lost)
    if run[5] == '' and lost > delete_limit(users, args[8], args[9]) then return { 'REJECTED', lost } end
    redis.call('HSET', key, 'phase', is_sweep and 'sweeping' or 'deciding', 'cursor', args[6], 'read', args[7],
      'deleteMinimum', args[8], 'deletePercent', args[9], 'sequence', sequence, 'sweep', is_sweep and '1' or '0')
  end
  return advance(k, id, tonumber(args[10]))
end

-- Begins the run that removes a source: it finds every user of the source missing, and holds all of their deletions. It has
-- no agent; the caller resumes it at once.
-- ARGV: run, requested by, number of runs to keep, lease in ms. Replies {'OK'}, {'LEASE'} (a run of the source is in
-- progress) or {'HELD', run} (an administrator has to decide on that run first).
local function remove_source(keys, args)
  local k, now = named(keys), now_ms()
  local lease = lease_of(k)
  if lease.run and lease.lease_until > now then return { 'LEASE' } end
  for _, held in ipairs(redis.call('ZRANGE', k.held_runs, 0, -1)) do
    if redis.call('HGET', k.run .. held, 'source') == k.number then return { 'HELD', held } end
  end
  if lease.run then
    fail_run(k, lease.run, 'SYNC_FAILED', 'The agent stopped responding, and the source is being removed.', now)
  end
  create_run(k, args[1], { 'state', 'running', 'policy', 'initial', 'trigger', 'cloud', 'user', '', 'dryRun', '0',
    'requestedBy', args[2], 'startedAt', now, 'sequence', 0, 'phase', 'sweeping', 'deleteMinimum', 0, 'deletePercent', 0,
    'scopeChange', 'the source is being removed' }, args[3], now)
  unlink_progress(k)
  redis.call('HDEL', k.sync, 'agent')
  redis.call('HSET', k.sync, 'run', args[1])
  renew(k, args[4])
  return { 'OK' }
end

-- Continues the end of a run, whichever agent or node started it.
-- ARGV: run, lease in ms, budget. Replies what advance() returns.
local function resume(keys, args)
  local k = named(keys)
  local phase = redis.call('HGET', k.run .. args[1], 'phase')
  if not phase then return outcome(k, args[1]) end
  if not may_continue(k, args[1]) then
    if phase ~= 'holding' then
      fail_run(k, args[1], 'AGENT_NOT_APPROVED', NO_LONGER, now_ms())
      return outcome(k, args[1])
    end
    -- An administrator decides on what is held. The next run reads all users.
    redis.call('HSET', k.run .. args[1], 'cursor', '')
  end
  renew(k, args[2])
  return advance(k, args[1], tonumber(args[3]))
end

-- Fails a run. A run that is over, or in one of its finishing phases, stays as it is.
-- ARGV: run, agent ('' for the cloud itself, when no agent began the run), code, message.
-- Replies what outcome() returns, or {'UNKNOWN'} or {'LEASE'}.
local function fail(keys, args)
  local k = named(keys)
  local run = redis.call('HMGET', k.run .. args[1], 'state', 'agentId', 'phase')
  if not run[1] then return { 'UNKNOWN' } end
  if args[2] ~= '' and run[2] ~= args[2] then return { 'LEASE' } end
  if run[1] == (args[2] == '' and 'requested' or 'running') and not run[3] then
    fail_run(k, args[1], args[3], args[4], now_ms())
  end
  return outcome(k, args[1])
end

-- Fails abandoned runs of a source, and runs whose agent may no longer write, and returns its runs to resume. While its agent stays connected in the same session, a
-- run keeps its lease even if no frame arrives, because a directory may be slow to answer. There is a limit to this silence.
-- ARGV: time within which a requested run must begin (ms), lease in ms, limit of the silence in ms, then the connected
-- sessions.
-- Replies the runs to resume, then '', then the runs that this call failed.
local function settle(keys, args)
  local k, now = named(keys), now_ms()
  local times = redis.call('HMGET', k.sync, 'released_at', 'heard_at')
  local released, heard = tonumber(times[1]) or 0, tonumber(times[2]) or 0
  local is_connected = {}
  for i = 4, #args do is_connected[args[i]] = true end

  local lease = lease_of(k)
  if lease.run and is_connected[redis.call('HGET', k.run .. lease.run, 'sessionId')] and now < heard + tonumber(args[3]) then
    lease.lease_until = now + tonumber(args[2])
    redis.call('HSET', k.sync, 'lease_until', lease.lease_until)
  end
  local is_leased = lease.run and lease.lease_until > now

  local answer, failed = {}, {}
  for _, id in ipairs(redis.call('SMEMBERS', k.open)) do
    local run = redis.call('HMGET', k.run .. id, 'state', 'requestedAt', 'phase', 'source')
    local is_leased_run = is_leased and lease.run == id
    if run[4] ~= k.number then -- another source has it
    elseif run[1] == 'running' and not may_continue(k, id) then
      if run[3] then
        push(answer, id)
      else
        fail_run(k, id, 'AGENT_NOT_APPROVED', NO_LONGER, now)
        push(failed, id)
      end
    elseif run[1] == 'running' and run[3] and not is_leased_run then
      push(answer, id)
    elseif run[1] == 'running' and not is_leased_run then
      fail_run(k, id, 'SYNC_FAILED', 'The agent stopped responding during the run. The cursor did not move.', now)
      push(failed, id)
    elseif run[1] == 'requested' and not is_leased
      and now > math.max(tonumber(run[2]), released) + tonumber(args[1]) then
      fail_run(k, id, 'TIMEOUT', 'No agent began the run in time.', now)
      push(failed, id)
    end
  end
  push(answer, '', unpack(failed))
  return answer
end

-- ---- Held deletes -------------------------------------------------------------------------------------------------

-- Deletes the users whose deletion a run holds (approved) or keeps them (discarded), one page of the held set per call.
-- ARGV: run, scan position ('0' at first), approved | discarded, actor (`key:<id>`), budget.
-- Replies {'MORE', scan position}, what outcome() returns, {'UNKNOWN'} or {'NOT_HELD', state}.
local function decide(keys, args)
  local k = named(keys)
  local id, decision = args[1], args[3]
  local key = k.run .. id
  local state = redis.call('HGET', key, 'state')
  if not state then return { 'UNKNOWN' } end
  -- The first decision is final and must be carried out completely: once some users are deleted, the rest cannot be
  -- discarded.
  if state == 'held' then redis.call('HSETNX', key, 'decision', decision) end
  if state ~= 'held' or redis.call('HGET', key, 'decision') ~= decision then return { 'NOT_HELD', state } end

  local page = redis.call('HSCAN', k.held, args[2], 'COUNT', args[5])
  local ids = {}
  for i = 1, #page[2], 2 do
    if string.sub(page[2][i + 1], 1, 26) == id then push(ids, page[2][i]) end
  end
  if decision == 'approved' then add_counts(k, id, { deleted = remove(k, ids) }) end
  call_many('HDEL', k.held, ids)
  add_counts(k, id, { held = -#ids })
  if page[1] ~= '0' then return { 'MORE', page[1] } end
  redis.call('HSET', key, 'state', decision, 'decidedBy', args[4], 'decidedAt', now_ms())
  local scope, change = unpack(redis.call('HMGET', key, 'scope', 'scopeChange'))
  if decision == 'approved' and (scope or '') ~= '' and (change or '') ~= '' then
    redis.call('HSET', k.sync, 'settled', scope)
  end
  redis.call('ZREM', k.held_runs, id)
  return outcome(k, id)
end

redis.register_function { function_name = 'latchkey_sync_compare', callback = compare, flags = { 'no-writes' } }
redis.register_function('latchkey_sync_request', request)
redis.register_function('latchkey_sync_begin', begin)
redis.register_function('latchkey_sync_note', note)
redis.register_function('latchkey_sync_batch', batch)
redis.register_function('latchkey_sync_finish', finish)
redis.register_function('latchkey_sync_remove_source', remove_source)
redis.register_function('latchkey_sync_resume', resume)
redis.register_function('latchkey_sync_fail', fail)
redis.register_function('latchkey_sync_settle', settle)
redis.register_function('latchkey_sync_decide', decide)
