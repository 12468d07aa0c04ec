# Passwords are a module of their own, apart from the keys and tokens of the rest of this folder.
sallyport_module(password_hashing
  SOURCES argon2_sodium.cpp hash_pool.cpp password_recipe.cpp password_verifier.cpp
  DEPS core crypto Threads::Threads
  PRIVATE_DEPS PkgConfig::sodium fmt::fmt)

if(SALLYPORT_TESTS)
  find_package(rapidcheck REQUIRED)
endif()
sallyport_test(password_hashing
  SOURCES argon2_sodium_test.cpp fair_queue_test.cpp hash_pool_test.cpp password_recipe_test.cpp
          password_verifier_test.cpp
  DEPS password_hashing PkgConfig::sodium rapidcheck)
