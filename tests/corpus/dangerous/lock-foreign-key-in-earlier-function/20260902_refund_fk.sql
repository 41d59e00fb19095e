SELECT add_fk('billing.refunds', 'payment_id', 'billing.payments');
