-- From here on each section of the vault is sealed with the key of one person, and `key_id` is that person's reference.
DO $$
BEGIN
    IF EXISTS (SELECT FROM vault) THEN
        RAISE EXCEPTION 'its names are sealed with the agency''s key, from before each person had a key; nothing of that '
            'time was released: make the database anew (for the house of ./spis up: ./spis reset)';
    END IF;
END $$;

CREATE INDEX vault_by_key ON vault (key_id);
