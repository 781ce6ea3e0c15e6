-- The dealers to which the uploading admin's token was limited, null: to none. What a row may be for is judged by it in
-- every round, whoever starts that, and who may see the import.
alter table booking_imports add column dealer_codes text[] check (cardinality(dealer_codes) > 0);
