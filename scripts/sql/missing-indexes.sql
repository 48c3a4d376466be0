-- Which indexes and foreign keys has a first load (rebuild_indexes: true) dropped that are not there again yet, or not
-- checked? Every run makes them again; where it cannot, problem says why. definition and further make them by hand. While a
-- first load is at work lines are as it should be. Run it in the cloud (forward) or on the desktop (reverse).
SELECT map, direction, table_name, kind, object_name, step, problem, dropped_at, definition, further
FROM pgtide.rebuild
ORDER BY map, direction, table_name, rebuild_id;
