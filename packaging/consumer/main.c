#include <abbe/abbe.h>
#include <stdio.h>

int main(void) {
    abbe_context *context = NULL;
    const int ok = abbe_version() == ABBE_VERSION_NUMBER && abbe_context_create(&context) == ABBE_OK;
    printf("libabbe %s %s\n", abbe_version_text(), ok ? "works" : "does not fit its header");
    abbe_context_destroy(context);
    return !ok;
}
