ALTER TYPE address_kind ADD VALUE 'pickup';
