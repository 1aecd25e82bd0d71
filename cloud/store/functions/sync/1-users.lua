#!lua name=latchkey_sync
--[[
Users, sync cursors and sync runs of one tenant. These functions are the only writers of all three.

  requested ──► running ──► done | held | failed          held ──► approved | discarded | done
  A run that is finishing passes through phases. Each can be resumed after a crash between two calls:
    sweeping ──► deciding ──► deleting | holding ──► over
  held ──► done happens by itself, once all users the run wanted to delete are back in the directory.

A source is one directory of the tenant. Users, cursor and runs belong to a source, and a run touches only users of its own. The
names of users are one index for all sources, so a name of two sources is found twice. Only one run of a source is in progress at a
time: the run that has the lease (`run`, `agent`, `lease_until` in the source's sync hash). A
cursor is committed in the same call as the last of the data it covers. A repeated batch changes nothing.

Every function gets the same KEYS, see named(). Keys of single runs and buckets are built here from the prefixes; all carry the
tenant's hash tag, so a Cluster keeps them in one slot. All times come from Redis (TIME), never from a node or an agent.
]]

-- Lengths in the header of a user's value, see user-record.ts. Only nodes make values, because only they have the key of the MAC.
local SOURCE, MAC, FINGERPRINT, INSTANT = 5, 22, 16, 10
local HEADER = SOURCE + MAC + FINGERPRINT + 5 * INSTANT
local BUCKETS = 4096
-- unpack() is limited by the Lua stack, about 8000 values.
local CHUNK = 2000

local function named(keys)
  return {
    users = keys[1], names = keys[2], problems = keys[3], sync = keys[4], staged = keys[5], seen = keys[6],
    held = keys[7], run = keys[8], runs = keys[9], open = keys[10], held_runs = keys[11],
    registrations = keys[12], number_changes = keys[13], lost = keys[14], rejected = keys[15],
    agent = keys[16], approved = keys[17], sources = keys[18], departed = keys[19],
    -- The source's sync hash is the only key whose name a function reads: it ends in the source's four digits.
    source = 's' .. string.sub(keys[4], -4), number = tostring(tonumber(string.sub(keys[4], -4))),
  }
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Calls a command that takes any number of values, CHUNK values at a time. CHUNK is even, so that pairs stay together.
local function call_many(command, key, values)
  for first = 1, #values, CHUNK do
    redis.call(command, key, unpack(values, first, math.min(first + CHUNK - 1, #values)))
  end
end

local function push(list, ...)
  for i = 1, select('#', ...) do list[#list + 1] = (select(i, ...)) end
end

-- ---- Users --------------------------------------------------------------------------------------------------------

local function bucket_of(k, id) return k.users .. string.sub(id, 1, 3) end

-- Returns the mark of the source that a stored value belongs to, such as `s0002`.
local function source_of(value) return string.sub(value, 1, SOURCE) end

local function fingerprint_of(value) return string.sub(value, SOURCE + MAC + 1, SOURCE + MAC + FINGERPRINT) end

-- Returns the index members of a stored value: a list with one member per name, and the member of the problem index.
local function members_of(value, id)
  local members = {}
  local last = string.find(value, '\n', HEADER + 1, true) or HEADER + 1
  for name in string.gmatch(string.sub(value, HEADER + 1, last - 1), '%Z+') do push(members, name .. '\0' .. id) end
  return members, members[1]
end

-- Queues users whose phone number or address changed. Each of them gets a notice at the old ones, because the change may not have
-- been made by the owner (see number-changes.ts). The id and the whole old record are queued, so that its MAC stays valid. If
-- no node ever fetches them, only the newest MAX_CHANGES stay.
local MAX_CHANGES = 10000
local function note_changes(k, values)
  if #values == 0 then return end
  call_many('RPUSH', k.number_changes, values)
  redis.call('LTRIM', k.number_changes, -MAX_CHANGES, -1)
end

-- Says what the store has of a user, so that the node's decision is only carried out while it has the same.
local function seen_as(mark, value) return value and mark .. redis.sha1hex(value) or '' end

-- Tells whether another source of the tenant holds this record, of a user or of a departed one. The record of a source that an
-- administrator has removed is held by nobody; its number is never given again.
local function is_foreign(value, mark, sources)
  local other = source_of(value)
  if other == mark or not string.find(other, '^s%d%d%d%d$') then return false end
  local number = tostring(tonumber(string.sub(other, 2)))
  return string.find(' ' .. (redis.call('HGET', sources, 'numbers') or '') .. ' ', ' ' .. number .. ' ', 1, true) ~= nil
end

-- Compares users with the store for the node, which decides on the new records. A departed user stays with their source for as long
-- as they are remembered: an agent of another source that knows the id gets neither the user nor the registration.
-- KEYS: the prefixes of the user buckets and of departed users, the source's sync hash, the run, the sources.
-- ARGV: for each user, id and fingerprint.
-- Replies {epoch seconds, `dry` or `wet`, time at which the source's first run was over or '', number of removals}, and in a wet
-- run, for each user that is not an unchanged one of this source, its position (the first is 0) and an answer: `f` (of another
-- source), '' (unknown), or a mark, the SHA-1 of the record and the record: `u` for the one in use, `d` for that of a departed
-- user, `r` for that of a user who departed from a source that has been removed. In a run of one user an unchanged record is
-- replied too, so that the node can check it.
local function compare(keys, args)
  local run = redis.call('HMGET', keys[4], 'dryRun', 'user')
  local source = 's' .. string.sub(keys[3], -4)
  local sync = redis.call('HMGET', keys[3], 'completed', 'removals')
  local reply = { redis.call('TIME')[1], run[1] == '1' and 'dry' or 'wet', sync[1] or '', sync[2] or '0' }
  if reply[2] == 'dry' then return reply end
  local is_one = (run[2] or '') ~= ''
  local unknown, departed_keys = {}, {}
  for i = 1, #args, 2 do
    local id = args[i]
    local value = redis.call('HGET', keys[1] .. string.sub(id, 1, 3), id)
    if not value then
      unknown[#unknown + 1] = (i - 1) / 2
      departed_keys[#departed_keys + 1] = keys[2] .. id
    elseif source_of(value) ~= source and string.find(value, '^s%d%d%d%d') then
      push(reply, (i - 1) / 2, 'f')
    elseif fingerprint_of(value) ~= args[i + 1] or is_one then
      push(reply, (i - 1) / 2, seen_as('u', value) .. value)
    end
  end
  for first = 1, #unknown, CHUNK do
    local last = math.min(first + CHUNK - 1, #unknown)
    local departed = redis.call('MGET', unpack(departed_keys, first, last))
    for i = first, last do
      local value = departed[i - first + 1]
      if not value then
        push(reply, unknown[i], '')
      elseif is_foreign(value, source, keys[5]) then
        push(reply, unknown[i], 'f')
      else
        local is_removed = source_of(value) ~= source and string.find(value, '^s%d%d%d%d')
        push(reply, unknown[i], seen_as(is_removed and 'r' or 'd', value) .. value)
      end
    end
  end
  return reply
end

-- Tells whether the store still has what the node's decision is about, and finds the old record.
local function is_as_seen(k, user)
  local mark = string.sub(user.seen, 1, 1)
  if mark == 'u' then
    user.old = redis.call('HGET', bucket_of(k, user.id), user.id)
    return user.seen == seen_as('u', user.old)
  end
  local departed = redis.call('GET', k.departed .. user.id)
  if mark == 'd' then user.departed = departed end
  if mark == 'r' then user.removed = departed end
  return user.seen == (departed and seen_as(mark, departed) or '')
end

-- Counts the names of these users that a user of another source has too, so that they find neither. A name that the user had before
-- is not counted again. Only tenants with several sources pay for it.
local function count_shared(k, users)
  local shared = 0
  if not string.find(redis.call('HGET', k.sources, 'numbers') or '', ' ', 1, true) then return shared end
  for _, user in ipairs(users) do
    local had = {}
    if user.old then
      for _, member in ipairs((members_of(user.old, user.id))) do had[member] = true end
    end
    for _, member in ipairs(user.foreign and {} or (members_of(user.value, user.id))) do
      if not had[member] then
        local name = string.sub(member, 1, -34)
        -- A few are enough: the user itself is among them, and others of this source may be.
        local found = redis.call('ZRANGE', k.names, '[' .. name .. '\0', '(' .. name .. '\1', 'BYLEX', 'LIMIT', '0', '4')
        for _, other in ipairs(found) do
          local id = string.sub(other, -32)
          local value = id ~= user.id and redis.call('HGET', bucket_of(k, id), id)
          if value and source_of(value) ~= k.source then
            shared = shared + 1
            break
          end
        end
      end
    end
  end
  return shared
end

-- Adds and updates users as the node decided ({ id, problem, seen, tell, value }), and counts them. A user whom another source has
-- added meanwhile is left alone and marked `foreign`. Returns false, and has written nothing, when the store no longer has what the
-- node decided on.
local function upsert(k, users, counts)
  for _, user in ipairs(users) do
    if not is_as_seen(k, user) then return false end
  end

  local old_names, old_problems, names, problems, changes = {}, {}, {}, {}, {}
  for _, user in ipairs(users) do
    local bucket = bucket_of(k, user.id)
    if user.old then
      counts.changed = counts.changed + 1
      redis.call('HSET', bucket, user.id, user.value)
      local members, first = members_of(user.old, user.id)
      push(old_names, unpack(members))
      push(old_problems, first)
    elseif redis.call('HSETNX', bucket, user.id, user.value) == 1 then
      counts.added = counts.added + 1
    else
      user.foreign = true
    end
    if not user.foreign then
      local members, first = members_of(user.value, user.id)
      for _, member in ipairs(members) do push(names, 0, member) end
      if user.problem ~= '' then push(problems, 0, first) end
      if user.tell then push(changes, user.id .. (user.old or user.departed)) end
      if user.departed then
        redis.call('DEL', k.departed .. user.id)
        redis.call('PERSIST', k.registrations .. user.id)
      elseif user.removed then
        redis.call('DEL', k.departed .. user.id, k.registrations .. user.id)
      end
    end
  end
  note_changes(k, changes)

  -- Old names are removed before new ones are added, so that a name that stays is in the index afterwards.
  call_many('ZREM', k.names, old_names)
  call_many('ZREM', k.problems, old_problems)
  call_many('ZADD', k.names, names)
  call_many('ZADD', k.problems, problems)
  counts.sharedNames = count_shared(k, users)
  if counts.added > 0 then redis.call('HINCRBY', k.sync, 'users', counts.added) end
  return true
end

-- Compares users by their fingerprints ({ id, fingerprint }) and counts them. Users of another source are marked `foreign`.
local function count_compared(k, users, counts)
  for _, user in ipairs(users) do
    local old = redis.call('HGET', bucket_of(k, user.id), user.id)
    local departed = not old and redis.call('GET', k.departed .. user.id)
    if old and source_of(old) ~= k.source and string.find(old, '^s%d%d%d%d') then
      user.foreign = true
    elseif departed and is_foreign(departed, k.source, k.sources) then
      user.foreign = true
    else
      local count = old and (fingerprint_of(old) == user.fingerprint and 'unchanged' or 'changed') or 'added'
      counts[count] = counts[count] + 1
    end
  end
end

-- Time for which a deleted user is remembered: the longest hold time of a policy. A user who comes back within it has the old
-- registration, and the destinations are compared with the old ones: otherwise leaving the scope for one run would end every wait.
local REMEMBER_MS = 30 * 86400000

-- Deletes users and returns how many of them existed.
local function remove(k, ids)
  local names, problems, removed = {}, {}, 0
  for _, id in ipairs(ids) do
    local value = redis.call('HGET', bucket_of(k, id), id)
    if value then
      local members, first = members_of(value, id)
      push(names, unpack(members))
      push(problems, first)
      redis.call('HDEL', bucket_of(k, id), id)
      redis.call('SET', k.departed .. id, value, 'PX', REMEMBER_MS)
      -- No registration can be written in between, because it is only written while its user exists.
      redis.call('PEXPIRE', k.registrations .. id, REMEMBER_MS)
      removed = removed + 1
    end
  end
  call_many('ZREM', k.names, names)
  call_many('ZREM', k.problems, problems)
  if removed > 0 then
    redis.call('HINCRBY', k.sync, 'users', -removed)
    redis.call('HINCRBY', k.sync, 'removals', 1)
  end
  return removed
end
