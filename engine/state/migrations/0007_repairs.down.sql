DROP INDEX pgtide.event_by_age;
ALTER TABLE pgtide.run DROP CONSTRAINT run_mode_direction_check, DROP CONSTRAINT run_mode_check;
UPDATE pgtide.run SET mode = CASE direction WHEN 'reverse' THEN 'reverse' ELSE 'incremental' END WHERE mode = 'resync';
ALTER TABLE pgtide.run
  ADD CONSTRAINT run_mode_check CHECK (mode IN ('full', 'incremental', 'reverse')),
  ADD CONSTRAINT run_check1 CHECK ((mode = 'reverse') = (direction = 'reverse'));
