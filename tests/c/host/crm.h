/* A CRM's own tables, as a store for lifestage. */
#ifndef CRM_H
#define CRM_H

#include <sqlite3.h>

#include "lifestage.h"

/* Opens the tables in a file, which is made when it is not there; 0 when that fails. `drop` of the store closes them. */
int crm_open(const char *path, lifestage_store *store);

/* What a statement of the host's own selects of up to two texts, for `sqlite3_free`; or NULL. */
char *crm_value(const lifestage_store *store, const char *sql, const char *text, const char *other);

#endif
