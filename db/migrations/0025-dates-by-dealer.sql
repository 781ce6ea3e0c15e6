-- An index of dates alone took 9 % of an import's time: its rows come in any order of dates. A range of dates is found
-- by dealer and date (Postgres 18 skips from dealer to dealer), and a list by date merges its dealers.
drop index bookings_by_date;
