-- The employee directory in SQLite 3.37 or newer. Foreign keys count only after
--   PRAGMA foreign_keys = ON;
-- which every connection says for itself.

CREATE TABLE office (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    name  TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100)
) STRICT;

CREATE TABLE badge (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    name  TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 50)
) STRICT;

-- AUTOINCREMENT: the id of a removed employee is never given to another person.
CREATE TABLE employee (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    full_name  TEXT NOT NULL COLLATE NOCASE CHECK (length(full_name) BETWEEN 1 AND 200),
    office_id  INTEGER REFERENCES office (id),
    job_title  TEXT NOT NULL CHECK (length(job_title) BETWEEN 1 AND 100),
    photo_key  TEXT,
    -- IS and not =: for text that is no time, strftime gives NULL, and a CHECK lets NULL pass.
    created    TEXT NOT NULL CHECK (created IS strftime('%Y-%m-%dT%H:%M:%SZ', created, '+0 days')),
    version    INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1)
) STRICT;

CREATE INDEX employee_by_name ON employee (full_name, id);

CREATE TABLE employee_badge (
    employee_id  INTEGER NOT NULL REFERENCES employee (id) ON DELETE CASCADE,
    badge_id     INTEGER NOT NULL REFERENCES badge (id),
    PRIMARY KEY (employee_id, badge_id)
) STRICT;
