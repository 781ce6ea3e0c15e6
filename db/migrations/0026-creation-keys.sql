-- A POST of a dealer, an advisor or a variant with an Idempotency-Key: the trail's entry of what it made keeps the key, and
-- is the answer to a repeat.
alter table admin_audit_log
  add column idempotency_key varchar(255),
  add column fingerprint text;
create unique index admin_audit_log_keys on admin_audit_log (changed_by, idempotency_key)
  where idempotency_key is not null;
